import { type CutoverRecord, type JournalEntry, lastAttemptOf } from "@bluegreen/core";
import type { PlatformAddress } from "../contracts/addresses.ts";
import { isUnknown } from "../dynamic/unknown.ts";
import { platformOf } from "../platforms.ts";
import type { InterlockState } from "./state.ts";

/** The journal's entries of an app that has run before, newest first; `null`: nobody can tell now. */
export async function journalOf(
  before: InterlockState | null,
  platform: PlatformAddress,
): Promise<readonly JournalEntry[] | null> {
  if (isUnknown(platform)) return null;
  return before ? entriesOf(before.app, platform) : [];
}

/** The same, whether or not this state knows the app. */
export async function entriesOf(app: string, platform: PlatformAddress): Promise<readonly JournalEntry[] | null> {
  const { view } = await platformOf(platform);
  return view.journal(app).then(
    ({ entries }) => entries,
    () => null,
  );
}

/** The last attempt's record, if it did not end well. */
export function failedIn(journal: readonly JournalEntry[]): CutoverRecord | null {
  const last = lastAttemptOf(journal);
  return last?.outcome === "switched" ? null : last;
}
