// From vitest's JSON report to the last line of `npm test`.
import { existsSync, readFileSync } from "node:fs";

/**
 * Counts tests. A file that failed without a failing test of its own (its import threw, a hook failed) counts as one
 * failure; a run that ended badly without any counted failure (unhandled rejection, killed) counts as one, too.
 * @param report parsed report, undefined if there is none
 * @param exit vitest's exit code
 */
export function countResults(report, exit) {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  const failures = [];
  for (const file of report?.testResults ?? []) {
    const tests = file.assertionResults ?? [];
    const bad = tests.filter((test) => test.status === "failed");
    passed += tests.filter((test) => test.status === "passed").length;
    skipped += tests.filter((test) => test.status !== "passed" && test.status !== "failed").length;
    failed += bad.length;
    failures.push(...bad.map((test) => `${file.name}: ${test.fullName}`));
    if (file.status === "failed" && bad.length === 0) {
      failed += 1;
      failures.push(`${file.name}: ${(file.message ?? "").split("\n")[0] || "could not be loaded"}`);
    }
  }
  if (failed === 0 && (exit !== 0 || passed === 0)) {
    failed = 1;
    failures.push(report ? `vitest ended with ${exit} after ${passed} passed tests` : "vitest left no report");
  }
  return { passed, failed, skipped, failures };
}

export function readReport(file) {
  try {
    return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
  } catch {
    return undefined;
  }
}

export const lastLine = ({ passed, failed }) => `${passed} passed, ${failed} failed`;
