import { type Color, isColor } from "./color.ts";
import { type FaultCode, isFaultCode } from "./fault-codes.ts";
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

const cutoverOutcomes = ["switched", "kept", "unanswered", "refused", "reverted", "partial"] as const;

/** The journal's record of one cutover attempt, and the component's `cutover` and `lastAttempt` outputs. */
export interface CutoverRecord {
  readonly attempt: number;
  /** `"foreign"`: backends of someone else. */
  readonly from: Color | null | "foreign";
  readonly to: Color;
  readonly release: string;
  /** `"refused"`: nothing was moved, because a gate failed, or the cutover itself refused. */
  readonly outcome: (typeof cutoverOutcomes)[number];
  readonly reason: string;
  /** Which kind of reason it is; absent where there is none, and in records from before there were codes. */
  readonly code?: FaultCode;
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

/** One entry of a journal, by its name (`journalKey`). */
export type JournalEntry =
  | { readonly kind: "attempt"; readonly name: string; readonly record: CutoverRecord }
  | { readonly kind: "migration"; readonly name: string; readonly record: MigrationRecord };

/** What a journal says. */
export interface JournalReading {
  /** Newest first. */
  readonly entries: readonly JournalEntry[];
  /** How many of those that were looked at can't be understood: damaged, too long, or of a later version. */
  readonly skipped: number;
  /** How many older ones were not looked at. */
  readonly older: number;
}

/** More than any platform keeps as a rule; and longer than any record. */
const readEntries = 200;
const entryLimit = 256 << 10;

/** Reads a journal's texts by their names, which sort as they were written. Never throws. */
export function readJournal(texts: Readonly<Record<string, string>>): JournalReading {
  const names = Object.keys(texts).sort().reverse();
  const looked = names.slice(0, readEntries);
  const entries = looked.flatMap((name) => parseEntry(name, texts[name] ?? "") ?? []);
  return { entries, skipped: looked.length - entries.length, older: names.length - looked.length };
}

/** The last attempt's record, of entries that come newest first; `null` where there is none. */
export function lastAttemptOf(entries: readonly JournalEntry[]): CutoverRecord | null {
  for (const { kind, record } of entries) {
    // What only brought the router up to date tried nothing.
    if (kind === "attempt" && record.outcome !== "kept") return record;
  }
  return null;
}

/** When a run that the user had to allow by this word ended last, whatever it did; empty when there was none. */
export function lastAllowedBy(entries: readonly JournalEntry[], word: string): string {
  const allowed = entries.filter((one) => one.kind === "attempt" && one.record.overrides.includes(word));
  return (
    allowed
      .map(({ record }) => record.at)
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

function parseEntry(name: string, text: string): JournalEntry | null {
  if (text.length > entryLimit) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    if (isMigrationRecord(value)) return { kind: "migration", name, record: value };
    return isCutoverRecord(value) ? { kind: "attempt", name, record: withKnownCode(value) } : null;
  } catch {
    return null;
  }
}

/** What its readers go by; the rest is shown as it is. */
function isCutoverRecord(value: object): value is CutoverRecord {
  const { to, overrides, outcome } = value as Partial<CutoverRecord>;
  if (!hasCommonFields(value) || !isColor(to) || "migration" in value) return false;
  return cutoverOutcomes.some((known) => known === outcome) && Array.isArray(overrides);
}

function isMigrationRecord(value: object): value is MigrationRecord {
  const { migration, color, outcome } = value as Partial<MigrationRecord>;
  if (!hasCommonFields(value) || !isColor(color)) return false;
  return (migration === "expand" || migration === "contract") && (outcome === "done" || outcome === "failed");
}

function hasCommonFields(value: object): boolean {
  const { attempt, release, reason, at } = value as Partial<JournalRecord>;
  return Number.isSafeInteger(attempt) && [release, reason, at].every((field) => typeof field === "string");
}

/** A code of a later version is no reason to lose what happened. */
function withKnownCode(record: CutoverRecord): CutoverRecord {
  if (record.code === undefined || isFaultCode(record.code)) return record;
  const { code: _unknown, ...known } = record;
  return known;
}
