import { describe, expect, it } from "vitest";
import { clockTime, ticksTo, timeTicks } from "../../src/picture/scale.ts";
import { binsOf, failureSpans } from "../../src/picture/series.ts";

const second = (t: number, blue: number, failed = 0) => ({ t, blue, green: 0, none: 0, failed });

describe("series", () => {
  it("show the last, broken second by its rate, not as a dip", () => {
    const bins = binsOf([second(0, 500), second(1, 500), second(2, 300)], 2.6, 100);
    expect(bins.map(({ blue }) => Math.round(blue))).toEqual([500, 500, 500]);
    const joined = binsOf([second(0, 500), second(1, 500), second(2, 50)], 2.1, 100);
    expect(joined.map(({ from, to, blue }) => [from, to, Math.round(blue)])).toEqual([
      [0, 1, 500],
      [1, 2.1, 500],
    ]);
  });

  it("join seconds in long runs and lose no failure", () => {
    const seconds = Array.from({ length: 1000 }, (_, t) => second(t, 500, t % 250 === 0 ? 1 : 0));
    const bins = binsOf(seconds, 1000, 400);
    expect(bins.length).toBeLessThanOrEqual(400);
    expect(bins.reduce((sum, { failures }) => sum + failures, 0)).toBe(4);
    expect(failureSpans(bins, 10)).toHaveLength(4);
    expect(failureSpans(bins, 500).map(({ failures }) => failures)).toEqual([4]);
  });
});

describe("scales", () => {
  it("tick in round steps up to the largest value", () => {
    expect(ticksTo(540, 4)).toEqual([0, 200, 400, 600]);
    expect(ticksTo(0, 4)).toEqual([0, 1]);
    expect(ticksTo(1080, 4)).toEqual([0, 500, 1000, 1500]);
    expect(timeTicks(142, 14)).toEqual([0, 15, 30, 45, 60, 75, 90, 105, 120, 135]);
    expect([0, 75, 600].map(clockTime)).toEqual(["0:00", "1:15", "10:00"]);
  });
});
