import { describe, expect, it } from "vitest";
import { median, percentile } from "../../src/load/stats.ts";

describe("percentile and median", () => {
  it("take the nearest rank, whatever the order", () => {
    const values = [5, 1, 4, 2, 3];
    expect([0, 0.2, 0.5, 0.99, 1].map((share) => percentile(values, share))).toEqual([1, 1, 3, 5, 5]);
    expect(median(values)).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it("are no number for no values", () => {
    expect(percentile([], 0.5)).toBeNaN();
    expect(median([])).toBeNaN();
  });
});
