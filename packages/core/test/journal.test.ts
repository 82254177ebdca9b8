import { expect, test } from "vitest";
import {
  type CutoverRecord,
  journalKey,
  lastAllowedBy,
  lastAttemptOf,
  laterAttempt,
  type MigrationRecord,
} from "../src/journal.ts";

const record = (change: Partial<CutoverRecord>): CutoverRecord => ({
  attempt: 2,
  from: "blue",
  to: "green",
  release: "2",
  outcome: "refused",
  reason: "gate http-1 failed",
  overrides: [],
  at: "2026-01-31T12:00:00.000Z",
  switchMs: null,
  gapMs: null,
  drain: null,
  totalMs: 1,
  writer: "ann@ci pid 1",
  ...change,
});

const migration: MigrationRecord = {
  migration: "expand",
  color: "green",
  release: "2",
  attempt: 3,
  outcome: "failed",
  reason: "exit 1",
  at: "2026-01-31T12:00:03.000Z",
  totalMs: 1,
  writer: "ann@ci pid 1",
};

const journalOf = (...records: readonly (CutoverRecord | MigrationRecord)[]) =>
  Object.fromEntries(records.map((one, index) => [journalKey(one, `a${index}`), JSON.stringify(one)]));

test("each record has an entry of its own, also two of one attempt at one moment", () => {
  const entries = journalOf(record({}), record({}), migration, migration);
  expect(Object.keys(entries)).toEqual([
    "000002-20260131T120000000Z-refused-a0.json",
    "000002-20260131T120000000Z-refused-a1.json",
    "000003-20260131T120003000Z-expand-green-failed-a2.json",
    "000003-20260131T120003000Z-expand-green-failed-a3.json",
  ]);
});

test("the last attempt is the greatest and latest that tried something", () => {
  const first = record({ outcome: "reverted", attempt: 9, at: "2026-01-31T11:00:00.000Z" });
  const last = record({ outcome: "reverted", attempt: 10 });
  const kept = record({ outcome: "kept", attempt: 10, at: "2026-01-31T13:00:00.000Z" });
  expect(lastAttemptOf({ ...journalOf(kept, last, first, migration), "000099-broken.json": "{" })).toEqual(last);
  expect(lastAttemptOf(journalOf(migration))).toBeNull();
  expect(lastAttemptOf({})).toBeNull();
});

test("of two attempts the later one counts, whoever tells of it", () => {
  const switched = record({ outcome: "switched", attempt: 3 });
  const failed = record({ attempt: 4 });
  expect(laterAttempt(switched, failed)).toBe(failed);
  expect(laterAttempt(record({ outcome: "switched", attempt: 5 }), failed)).toMatchObject({ attempt: 5 });
  expect(laterAttempt(null, failed)).toBe(failed);
  const resumed = record({ outcome: "switched", attempt: 4, at: "2026-01-31T12:30:00.000Z" });
  expect(laterAttempt(resumed, failed)).toBe(resumed);
});

test("when a word was last needed is known, also of what only kept traffic where it was", () => {
  const kept = record({ outcome: "kept", overrides: ["takeOver shop-3f2a1c"], at: "2026-02-01T00:00:00.000Z" });
  expect(lastAllowedBy(journalOf(record({}), kept), "takeOver shop-3f2a1c")).toBe(kept.at);
  expect(lastAllowedBy(journalOf(record({})), "takeOver shop-3f2a1c")).toBe("");
});
