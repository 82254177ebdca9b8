import { type CutoverRecord, journalKey, type MigrationRecord } from "@bluegreen/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Journal } from "../src/contracts/journal.ts";

/** A journal of a real platform, without an entry. */
export interface JournalFixture {
  readonly journal: Journal;
  /** Adds an entry past this library. */
  add(name: string, text: string): Promise<void>;
  close(): Promise<void>;
}

const attempt: CutoverRecord = {
  attempt: 3,
  from: "blue",
  to: "green",
  release: "2.0+7",
  outcome: "refused",
  reason: "gate http-1 of green 2.0+7 failed: it answered 500",
  code: "gate-failed",
  overrides: [],
  at: "2026-01-31T12:00:00.000Z",
  switchMs: null,
  gapMs: null,
  drain: null,
  totalMs: 900,
  writer: "ann@ci-7 pid 1",
};
const migration: MigrationRecord = {
  migration: "expand",
  color: "green",
  release: "2.0+7",
  attempt: 2,
  outcome: "done",
  reason: "",
  at: "2026-01-31T11:00:00.000Z",
  totalMs: 900,
  writer: "ann@ci-7 pid 1",
};

/** What every place of a journal must keep. */
export function journalConformance(name: string, make: () => Promise<JournalFixture>): void {
  describe(name, { timeout: 60_000 }, () => {
    let fixture: JournalFixture;
    beforeAll(async () => {
      fixture = await make();
    }, 60_000);
    afterAll(() => fixture?.close());

    test("has nothing to say before its first record", async () => {
      expect(await fixture.journal.read()).toEqual({ entries: [], skipped: 0, older: 0 });
    });

    test("gives back what it was given, newest first, also what was kept at the same moment", async () => {
      const { journal } = fixture;
      await journal.keep(migration);
      await Promise.all([journal.keep(attempt), journal.keep(attempt)]);
      const { entries, skipped } = await journal.read();
      expect(entries.map(({ kind }) => kind)).toEqual(["attempt", "attempt", "migration"]);
      expect(entries.map(({ record }) => record)).toEqual([attempt, attempt, migration]);
      expect(new Set(entries.map((one) => one.name)).size).toBe(3);
      expect(skipped).toBe(0);
    });

    test("counts what it can't understand, and gives the rest", async () => {
      const before = await fixture.journal.read();
      await fixture.add(journalKey({ ...attempt, attempt: 9 }, "damaged"), "{");
      expect(await fixture.journal.read()).toEqual({ ...before, skipped: 1 });
    });
  });
}
