import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Evidence, missingEvidence, parseEvidence } from "../src/evidence.ts";

const demand = { gates: ["http-1"], attempt: 3, color: "green", release: "2", subjects: ["aaa", "bbb"] } as const;
const passed: Evidence = {
  gate: "http-1",
  attempt: 3,
  color: "green",
  release: "2",
  subjects: ["bbb", "aaa"],
  passed: true,
  detail: "answered 200",
  at: "2026-01-31T12:00:00Z",
};

test("complete evidence about exactly this candidate opens the way", () => {
  expect(missingEvidence(demand, [passed])).toEqual([]);
});

test.each<[string, Partial<Evidence>, string]>([
  ["another attempt", { attempt: 2 }, "attempt 2, not 3"],
  ["another color", { color: "blue" }, "about blue, not green"],
  ["another release", { release: "1" }, "release 1, not 2"],
  ["fewer containers", { subjects: ["aaa"] }, "did not see bbb"],
  ["a failed gate", { passed: false, detail: "answered 500" }, "it failed: answered 500"],
  ["something that is only true-ish", { passed: "true" as unknown as boolean }, "it failed"],
  ["another gate", { gate: "http-2" }, "it did not run"],
])("evidence of %s does not", (_name, change, words) => {
  expect(missingEvidence(demand, [{ ...passed, ...change }])).toEqual([expect.stringContaining(words)]);
});

test("no gate, and no backend, is never a way through", () => {
  expect(missingEvidence({ ...demand, gates: [] }, [passed])).toEqual(["no gate is declared"]);
  expect(missingEvidence({ ...demand, subjects: [] }, [passed])).toEqual(["green has no backend"]);
});

test("each demanded gate is missed by itself", () => {
  const missing = missingEvidence({ ...demand, gates: ["http-1", "command-2", "http-3"] }, [passed]);
  expect(missing).toEqual(["gate command-2: it did not run", "gate http-3: it did not run"]);
});

test("what a gate printed is read back; anything unreadable is no evidence, and nothing throws", async () => {
  expect(parseEvidence(JSON.stringify(passed))).toEqual(passed);
  for (const text of ["", "null", "1", "[]", "{}", "{", '{"gate":"x"}']) expect(parseEvidence(text)).toBeNull();
  await fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      const evidence = parseEvidence(text);
      return missingEvidence(demand, evidence ? [evidence] : []).length === 1;
    }),
  );
});
