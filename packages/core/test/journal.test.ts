import { describe, expect, test } from "vitest";
import {
  type CutoverRecord,
  journalKey,
  lastAllowedBy,
  lastAttemptOf,
  laterAttempt,
  type MigrationRecord,
  readJournal,
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

const entriesOf = (...records: (CutoverRecord | MigrationRecord)[]) => readJournal(journalOf(...records)).entries;

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
  const texts = { ...journalOf(kept, last, first, migration), "000099-broken.json": "{" };
  expect(lastAttemptOf(readJournal(texts).entries)).toEqual(last);
  expect(lastAttemptOf(entriesOf(migration))).toBeNull();
  expect(lastAttemptOf([])).toBeNull();
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
  expect(lastAllowedBy(entriesOf(record({}), kept), "takeOver shop-3f2a1c")).toBe(kept.at);
  expect(lastAllowedBy(entriesOf(record({})), "takeOver shop-3f2a1c")).toBe("");
});

describe("a journal is read", () => {
  test("newest first, attempts and migrations told apart", () => {
    const first = record({ attempt: 1, code: "gate-failed" });
    const second = record({ attempt: 2, outcome: "switched", reason: "" });
    const texts = journalOf(first, second, migration);
    const names = Object.keys(texts);
    expect(readJournal(texts)).toEqual({
      entries: [
        { kind: "migration", name: names[2], record: migration },
        { kind: "attempt", name: names[1], record: second },
        { kind: "attempt", name: names[0], record: first },
      ],
      skipped: 0,
      older: 0,
    });
    expect(readJournal({})).toEqual({ entries: [], skipped: 0, older: 0 });
  });

  test("as written by a version without codes, or with codes that this one does not know", () => {
    const { code: _none, ...old } = record({ code: "gate-failed" });
    const later = { ...record({ attempt: 3 }), code: "on-strike", mood: "good" };
    const { code: _unknown, ...known } = later;
    const texts = { a: JSON.stringify(old), b: JSON.stringify(later) };
    expect(readJournal(texts).entries.map((one) => one.record)).toEqual([known, old]);
  });

  test.each<[string, string]>([
    ["cut off", JSON.stringify(record({})).slice(0, -9)],
    ["nothing", ""],
    ["no object", "null"],
    ["a list", "[]"],
    ["of an outcome that is not known", JSON.stringify({ ...record({}), outcome: "postponed" })],
    ["without a color", JSON.stringify({ ...record({}), to: "red" })],
    ["without its overrides", JSON.stringify({ ...record({}), overrides: null })],
    ["of a migration that is not known", JSON.stringify({ ...migration, migration: "shrink" })],
    ["too long", JSON.stringify(record({ reason: "r".repeat(1 << 19) }))],
  ])("without what is %s, which is counted", (_name, text) => {
    const good = record({ attempt: 1 });
    const reading = readJournal({ "000002": text, "000001": JSON.stringify(good) });
    expect(reading).toEqual({ entries: [{ kind: "attempt", name: "000001", record: good }], skipped: 1, older: 0 });
  });

  test("up to a bound, and says how much lies before it", () => {
    const many = journalOf(...Array.from({ length: 230 }, (_, index) => record({ attempt: index + 1 })));
    const { entries, skipped, older } = readJournal(many);
    expect(entries).toHaveLength(200);
    expect(entries[0]?.record.attempt).toBe(230);
    expect({ skipped, older }).toEqual({ skipped: 0, older: 30 });
  });
});
