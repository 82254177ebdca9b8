// From what vitest's files reported to the last line of `npm test`.
import { existsSync, readFileSync } from "node:fs";

/**
 * Counts tests. A file that failed without a failing test of its own (its import threw, a hook failed) counts as one
 * failure; a run that ended badly without any counted failure (unhandled rejection, killed) counts as one, too.
 * @param files one entry a file that has ended: `{ name, status, message, tests: [{ status, fullName, message }] }`
 * @param exit vitest's exit code
 */
export function countResults(files, exit) {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  const failures = [];
  for (const { name, status, message, tests } of files) {
    const bad = tests.filter((test) => test.status === "failed");
    passed += tests.filter((test) => test.status === "passed").length;
    skipped += tests.filter((test) => test.status !== "passed" && test.status !== "failed").length;
    failed += bad.length;
    failures.push(...bad.map((test) => `${name}: ${test.fullName}: ${firstLine(test.message)}`));
    if (status === "failed" && bad.length === 0) {
      failed += 1;
      failures.push(`${name}: ${firstLine(message) || "could not be loaded"}`);
    }
  }
  if (failed === 0 && (exit !== 0 || passed === 0)) {
    failed = 1;
    failures.push(`vitest ended with ${exit} after ${passed} passed tests`);
  }
  return { passed, failed, skipped, failures };
}

const firstLine = (text) => text.split("\n")[0];

/** What has been reported so far; nothing if vitest did not get that far. */
export function readResults(file) {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line));
}

export const lastLine = ({ passed, failed }) => `${passed} passed, ${failed} failed`;
