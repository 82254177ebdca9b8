import { describe, expect, test } from "vitest";
import { hunt, invariants, mutations } from "./mutations.ts";

describe("a bug put in on purpose is found:", () => {
  test.each(mutations)("$name", { timeout: 180_000 }, (mutation) => {
    expect(hunt(mutation).saw).not.toBeNull();
  });
});

test("each invariant has a bug that breaks it", () => {
  const broken = new Set(mutations.map(({ invariant }) => String(invariant)));
  expect([...broken].sort()).toEqual(Object.keys(invariants));
});
