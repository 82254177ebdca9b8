import { describe, expect, test } from "vitest";
import { interruptions, recoveredAfter } from "../src/kubernetes/argo/interruptions.ts";

const seconds = (...failed: number[]) => failed.map((count, t) => ({ t, blue: 10, green: 0, none: 0, failed: count }));

describe("interruptions of a load", () => {
  test("are spans of seconds in a row with failures", () => {
    expect(interruptions(seconds(0, 3, 4, 0, 0, 1))).toEqual([
      { from: 1, to: 2, failed: 7 },
      { from: 5, to: 5, failed: 1 },
    ]);
  });

  test("are over after the last one, if nothing failed for long enough since", () => {
    expect(recoveredAfter(seconds(0, 3, 0, 4, 0, 0), 2)).toBe(3);
    expect(recoveredAfter(seconds(0, 3, 0, 4, 0, 0), 3)).toBeNull();
    expect(recoveredAfter(seconds(0, 0), 2)).toBe(0);
  });
});
