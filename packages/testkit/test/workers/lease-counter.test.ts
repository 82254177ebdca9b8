import { describe, expect, it } from "vitest";
import { type Hold, shiftsOf } from "../../src/workers/lease-counter.ts";

const hold = (from: number, to: number, open = false): Hold => ({ color: "blue", version: "1", from, to, open });

describe("how a lease was held", () => {
  it("has no gap as long as one is open, whenever it was last heard of", () => {
    expect(shiftsOf([hold(1, 5, true)], 2, 9)).toEqual({ gapsMs: [], most: 1 });
  });

  it("has a gap between two holds, before the first and after the last", () => {
    expect(shiftsOf([hold(3, 4), hold(4.5, 6)], 2, 9)).toEqual({ gapsMs: [1_000, 500, 3_000], most: 1 });
    expect(shiftsOf([], 2, 9)).toEqual({ gapsMs: [7_000], most: 0 });
  });

  it("counts those that overlap, and no gap within a longer one", () => {
    expect(shiftsOf([hold(1, 9), hold(2, 3), hold(5, 6)], 1, 9)).toEqual({ gapsMs: [], most: 2 });
  });

  it("leaves out what was over before", () => {
    expect(shiftsOf([hold(1, 2), hold(1.5, 4), hold(5, 6, true)], 3, 9)).toEqual({ gapsMs: [1_000], most: 1 });
  });
});
