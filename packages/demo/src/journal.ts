import { attemptPrefix, type CutoverRecord, lastAttemptOf, readJournal } from "@bluegreen/core";

/** The last record of one attempt among a journal's entries. */
export function recordOf(entries: Readonly<Record<string, string>>, attempt: number): CutoverRecord | undefined {
  const own = readJournal(entries).entries.filter(({ name }) => name.startsWith(attemptPrefix(attempt)));
  return lastAttemptOf(own) ?? undefined;
}
