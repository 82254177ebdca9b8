import { expect, test } from "vitest";
import { lineThrough, stepsBetween } from "../src/kubernetes/line.ts";

test("points of a line give that line", () => {
  const line = lineThrough([1, 5, 20].map((x) => ({ x, y: 3 + 2 * x })));
  expect(line.slope).toBeCloseTo(2);
  expect(line.at(0)).toBeCloseTo(3);
});

test("points at one place give a flat line through their mean", () => {
  const points = [
    { x: 1, y: 2 },
    { x: 1, y: 4 },
  ];
  expect(lineThrough(points)).toMatchObject({ slope: 0 });
  expect(lineThrough(points).at(7)).toBe(3);
});

test("each step has a slope of its own", () => {
  const points = [
    { x: 1, y: 2 },
    { x: 5, y: 10 },
    { x: 20, y: 55 },
  ];
  expect(stepsBetween(points)).toEqual([
    { from: 1, to: 5, slope: 2 },
    { from: 5, to: 20, slope: 3 },
  ]);
});
