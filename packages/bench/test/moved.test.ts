import { describe, expect, test } from "vitest";
import { movedFrom, tallyOf } from "../src/kubernetes/drain/moved.ts";

describe("clients that were switched", () => {
  const seen = [
    { client: 0, at: 10, color: "blue" },
    { client: 1, at: 11, color: "blue" },
    { client: 0, at: 25, color: "blue" },
    { client: 1, at: 26, color: "green" },
    { client: 0, at: 40, color: "green" },
  ];

  test("have moved when they heard the other color last", () => {
    expect(movedFrom("blue", seen, 20, 50)).toEqual({ clients: 2, moved: 2, lastOldMs: 5 });
    expect(movedFrom("blue", seen, 20, 30)).toEqual({ clients: 2, moved: 1, lastOldMs: 5 });
  });

  test("heard nothing of the old color after the switch when none of its answers came later", () => {
    expect(movedFrom("blue", seen, 30, 50)).toMatchObject({ lastOldMs: null });
  });

  test("have not moved when nobody answered", () => {
    expect(movedFrom("blue", [{ client: 0, at: 1, color: "" }], 0, 2)).toMatchObject({ clients: 1, moved: 0 });
  });
});

test("reasons are counted in the order in which they came", () => {
  expect(tallyOf(["idle", "in flight", "idle"])).toBe("2 idle, 1 in flight");
  expect(tallyOf([])).toBe("");
});
