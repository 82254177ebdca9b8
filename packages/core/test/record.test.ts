import { expect, test } from "vitest";
import { describeRecord, type Latch, latchesAfter, type RouterRecord, revertOf } from "../src/record.ts";

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
const stays = { color: null, added: null };
const verified = (color: "blue" | "green", release: string) => ({ color, release, backends: "b" });
const latch = (color: "blue" | "green", release: string): Latch => ({ color, release, attempt: 1, at: "", reason: "" });

test("a record is described with its writer and time", () => {
  expect(describeRecord(record)).toBe("green 2 (attempt 2, written by ann@ci pid 1 at 2026-01-31T12:00:00Z)");
  expect(describeRecord({ ...record, active: null, release: null })).toMatch(/^no color \(attempt 2/);
  expect(describeRecord(null)).toBe("the router holds no record of ours");
});

test("a latch stands until the release that it is about has held on its color, whatever goes live meanwhile", () => {
  const before = [latch("blue", "1"), latch("green", "2")];
  expect(latchesAfter(before, [], stays)).toEqual(before);
  expect(latchesAfter(before, [verified("green", "3")], stays)).toEqual(before);
  expect(latchesAfter(before, [verified("green", "2")], stays)).toEqual([latch("blue", "1")]);
});

test("a latch that traffic was sent past tells of no revert any more, and stays", () => {
  const before = [latch("blue", "1"), latch("green", "2")];
  const after = latchesAfter(before, [], { color: "green", added: null });
  expect(after).toEqual([latch("blue", "1"), { ...latch("green", "2"), outlived: true }]);
  expect([revertOf(before, "green", 1), revertOf(after, "green", 1)]).toEqual([latch("green", "2"), undefined]);
});

test("a new latch replaces the release's old one, and the oldest of many is forgotten", () => {
  const added = { ...latch("green", "2"), attempt: 5 };
  expect(latchesAfter([latch("green", "2"), latch("green", "1")], [], { color: "blue", added })).toEqual([
    latch("green", "1"),
    added,
  ]);
  const many = Array.from({ length: 50 }, (_, index) => latch("blue", `1.${index}`));
  expect(latchesAfter(many, [], { color: "blue", added })).toEqual([...many.slice(1), added]);
});
