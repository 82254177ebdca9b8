import { attemptPrefix, type CutoverRecord, lastAttemptOf } from "@bluegreen/core";

/** The last record of one attempt among a journal's entries. */
export function recordOf(entries: Readonly<Record<string, string>>, attempt: number): CutoverRecord | undefined {
  const own = Object.entries(entries).filter(([name]) => name.startsWith(attemptPrefix(attempt)));
  return lastAttemptOf(Object.fromEntries(own)) ?? undefined;
}
