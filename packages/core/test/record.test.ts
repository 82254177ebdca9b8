import { expect, test } from "vitest";
import { claim, describeRecord, type Latch, latchesAfter, type Observation, type RouterRecord } from "../src/record.ts";

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
const seen: Observation = { color: "green", record, intact: true, current: true, movedBy: null };
const unfinished = { attempt: 2, from: "blue", to: "green", owner: "ann", since: "" } as const;
const latch = (color: "blue" | "green", release: string): Latch => ({ color, release, attempt: 1, at: "", reason: "" });

test("a record is described with its writer and time", () => {
  expect(describeRecord(record)).toBe("green 2 (attempt 2, written by ann@ci pid 1 at 2026-01-31T12:00:00Z)");
  expect(describeRecord({ ...record, active: null, release: null })).toMatch(/^no color \(attempt 2/);
  expect(describeRecord(null)).toBe("the router holds no record of ours");
});

test("a lease says where traffic comes from and goes to", () => {
  expect(claim("blue", seen, null)).toEqual({ from: "green", to: "blue" });
  expect(claim("green", seen, null)).toEqual({ from: "green", to: "green" });
  expect(claim("green", { ...seen, color: "foreign", intact: false }, null)).toEqual({ from: "green", to: "green" });
});

test("a run that finishes or undoes a killed one goes on with its claim", () => {
  const { from, to } = unfinished;
  expect(claim("green", seen, unfinished)).toEqual({ from, to });
  expect(claim("blue", seen, unfinished)).toEqual({ from, to });
});

test("traffic that is not the killed run's own gives no way back through it", () => {
  const moved = { from: "green", to: "green" };
  expect(claim("green", { ...seen, intact: false }, unfinished)).toEqual(moved);
  expect(claim("green", { ...seen, record: { ...record, attempt: 1 } }, unfinished)).toEqual(moved);
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
