import { expect, test } from "vitest";
import { lineThrough } from "../../src/bench/kubernetes/line.ts";

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
