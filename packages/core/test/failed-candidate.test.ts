import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { whyNotStopped } from "../src/failed-candidate.ts";
import type { Observation, RouterRecord } from "../src/record.ts";

const failed = { color: "green", release: "2", attempt: 3 } as const;
const record = (attempt: number) => ({ attempt }) as RouterRecord;
const seen = (change: Partial<Observation> = {}): Observation => ({
  color: "blue",
  record: record(3),
  intact: true,
  current: true,
  movedBy: null,
  ...change,
});

describe("a failed candidate", () => {
  test.each<[string, Partial<Observation>]>([
    ["traffic is at the other color", {}],
    ["it was refused, so nothing was written since", { record: record(2) }],
    ["no color has ever been live", { color: null, record: null }],
  ])("may be stopped when %s", (_words, change) => {
    expect(whyNotStopped(failed, seen(change))).toBeNull();
  });

  test.each<[string, Partial<Observation>]>([
    ["traffic is at green", { color: "green" }],
    ["the router sends traffic where this app did not send it", { intact: false }],
    ["the router sends traffic where this app did not send it", { color: "foreign", intact: false, record: null }],
    ["attempt 4 came after it", { record: record(4) }],
  ])("may not when %s", (reason, change) => {
    expect(whyNotStopped(failed, seen(change))).toBe(reason);
  });

  test("is never stopped while anybody could reach it, whatever the router says", async () => {
    const color = fc.constantFrom("blue" as const, "green" as const, "foreign" as const, null);
    const observed = fc.record({ color, intact: fc.boolean(), attempt: fc.nat(6), known: fc.boolean() });
    await fc.assert(
      fc.property(observed, ({ color, intact, attempt, known }) => {
        const reason = whyNotStopped(failed, seen({ color, intact, record: known ? record(attempt) : null }));
        const reachable = color === "green" || color === "foreign" || !intact || (known && attempt > failed.attempt);
        expect(reason !== null).toBe(reachable);
      }),
      { numRuns: 2_000 },
    );
  });
});
