import { expect, test } from "vitest";
import { describeRecord, type Latch, latchesAfter, type RouterRecord } from "../src/record.ts";

const record: RouterRecord = {
  app: "shop-1",
  active: "green",
  release: "2",
  backends: "f",
  attempt: 2,
  writer: "ann@ci pid 1",
  at: "2026-01-31T12:00:00Z",
  latches: [],
};
const latch = (color: "blue" | "green", release: string): Latch => ({ color, release, attempt: 1, at: "", reason: "" });

test("a record is described with its writer and time", () => {
  expect(describeRecord(record)).toBe("green 2 (attempt 2, written by ann@ci pid 1 at 2026-01-31T12:00:00Z)");
  expect(describeRecord({ ...record, active: null, release: null })).toMatch(/^no color \(attempt 2/);
  expect(describeRecord(null)).toBe("the router holds no record of ours");
});

test("a latch stands as long as its color has that release", () => {
  const before = [latch("blue", "1"), latch("green", "2")];
  expect(latchesAfter(before, { blue: "1", green: "2" }, null)).toEqual(before);
  expect(latchesAfter(before, { blue: "1", green: "3" }, null)).toEqual([latch("blue", "1")]);
  expect(latchesAfter(before, { blue: "1" }, null)).toEqual([latch("blue", "1")]);
});

test("a new latch replaces the color's old one", () => {
  const added = { ...latch("green", "2"), attempt: 5 };
  expect(latchesAfter([latch("green", "2")], { green: "2" }, added)).toEqual([added]);
});
