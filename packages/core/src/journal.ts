import type { Color } from "./color.ts";
import type { Phase } from "./migrations.ts";

/** What became of the connections that a color still held after it was left. */
export interface DrainRecord {
  readonly color: Color;
  /** How long they had. Milliseconds. */
  readonly withinMs: number;
  readonly ms: number;
  /** Backends that may have held connections, and how many of them hold none any more. */
  readonly backends: number;
  readonly moved: number;
  /** Names of those that may still hold some. */
  readonly remaining: readonly string[];
}

/** The journal's record of one cutover attempt, and the component's `cutover` and `lastAttempt` outputs. */
export interface CutoverRecord {
  readonly attempt: number;
  /** `"foreign"`: backends of someone else. */
  readonly from: Color | null | "foreign";
  readonly to: Color;
  readonly release: string;
  /** `"refused"`: nothing was moved, because a gate failed, or the cutover itself refused. */
  readonly outcome: "switched" | "kept" | "unanswered" | "refused" | "reverted" | "partial";
  readonly reason: string;
  /** The user's words without which the interlock would have refused: `force green`, `retry 1.4.2#7`. */
  readonly overrides: readonly string[];
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Duration of the router's write that moved the traffic; `null` when nothing moved. Milliseconds. */
  readonly switchMs: number | null;
  /**
   * Where the colors can't run side by side (`none({ exclusive })`): from the last moment at which the color that was left
   * was seen to run, to the first at which its successor, or it again, was seen to run and be ready. Milliseconds; `null`
   * where there was no gap, or none that could be measured.
   */
  readonly gapMs: number | null;
  readonly drain: DrainRecord | null;
  /** From taking the lease, or from the start of the gate that failed, to the outcome. Milliseconds. */
  readonly totalMs: number;
  readonly writer: string;
  /** It went back to a release that was verified live, for which the gates of `rollback` decide. */
  readonly rollback?: true;
  /** From where verification asked the live address, if not by the deployer itself: `"the Docker host"`. */
  readonly askedFrom?: string;
}

/** The journal's record of one run of a phase of a release's migrations. */
export interface MigrationRecord {
  readonly migration: Phase;
  readonly color: Color;
  readonly release: string;
  readonly attempt: number;
  readonly outcome: "done" | "failed";
  readonly reason: string;
  /** ISO 8601, UTC: when it began. */
  readonly at: string;
  readonly totalMs: number;
  readonly writer: string;
}

export type JournalRecord = CutoverRecord | MigrationRecord;

/**
 * The name of a record's entry in the journal: by attempt, then by time, and what happened. `unique` is random, so that no
 * two records ever have one name, and none is ever overwritten.
 * @example "000007-20260131T120000123Z-refused-5f0c1a.json"
 */
export function journalKey(record: JournalRecord, unique: string): string {
  const { attempt, outcome, at } = record;
  const what = "migration" in record ? `${record.migration}-${record.color}-${outcome}` : outcome;
  return `${attemptPrefix(attempt)}${at.replace(/[-:.]/g, "")}-${what}-${unique}.json`;
}

/** How the entries of an attempt begin. */
export function attemptPrefix(attempt: number): string {
  return `${String(attempt).padStart(6, "0")}-`;
}

/** The last attempt's record among a journal's entries, by their names; `null` where there is none that can be read. */
export function lastAttemptOf(entries: Readonly<Record<string, string>>): CutoverRecord | null {
  const names = Object.keys(entries).sort().reverse();
  for (const name of names) {
    const record = parseRecord(entries[name] ?? "");
    // What only brought the router up to date tried nothing.
    if (record && !("migration" in record) && record.outcome !== "kept") return record;
  }
  return null;
}

/** When a run that the user had to allow by this word ended last, whatever it did; empty when there was none. */
export function lastAllowedBy(entries: Readonly<Record<string, string>>, word: string): string {
  const records = Object.values(entries).map(parseRecord);
  const allowed = records.filter((one) => one && "overrides" in one && one.overrides.includes(word));
  return (
    allowed
      .map((one) => one?.at ?? "")
      .sort()
      .at(-1) ?? ""
  );
}

/** Of two attempts the one that came later. */
export function laterAttempt(a: CutoverRecord | null, b: CutoverRecord | null): CutoverRecord | null {
  if (!a || !b) return a ?? b;
  if (a.attempt !== b.attempt) return a.attempt > b.attempt ? a : b;
  return a.at >= b.at ? a : b;
}

function parseRecord(text: string): JournalRecord | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "outcome" in value ? (value as JournalRecord) : null;
  } catch {
    return null;
  }
}
