import type { JournalRecord } from "@bluegreen/core";
import { expect, test } from "vitest";
import type { Site } from "../src/contracts/site.ts";
import { keepRefusal } from "../src/cutover/kept-refusal.ts";

test("the record of an attempt that ended before its cutover says why, also by its code", async () => {
  const kept: JournalRecord[] = [];
  const routing = {
    targets: { blue: [], green: [] },
    router: { observe: () => Promise.reject(new Error("no route")) },
    journal: { keep: async (record: JournalRecord) => void kept.push(record) },
  };
  const failed = { color: "green", release: "2", attempt: 7 } as const;
  const why = { code: "gate-failed", reason: "gate http-1 of green 2 failed: 500", startedMs: Date.now() } as const;
  await keepRefusal({ routing } as unknown as Pick<Site, "routing">, failed, why);
  const { code, reason } = why;
  expect(kept).toMatchObject([{ attempt: 7, from: null, to: "green", release: "2", outcome: "refused", code, reason }]);
});
