import type { Color } from "./color.ts";
import type { MigrationLog, Phase } from "./migrations.ts";

/** A release that went live and was reverted. It stays off the live address until it is changed or named by `retry`. */
export interface Latch {
  readonly color: Color;
  readonly release: string;
  readonly attempt: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly reason: string;
}

/**
 * What the router itself keeps beside the color it sends traffic to, written in the same atomic write as the color.
 * Pulumi's state can't hold it: a failed update is not saved there.
 */
export interface RouterRecord {
  /** Identity of the app instance that wrote it. */
  readonly app: string;
  readonly active: Color | null;
  readonly release: string | null;
  /** Fingerprint of the backends it was written with. Another one in the router means another hand. */
  readonly backends: string;
  /** The attempt that wrote it. An attempt is used once: a cutover needs a greater one than this. */
  readonly attempt: number;
  /** Who wrote it: user, host and process. */
  readonly writer: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly latches: readonly Latch[];
  /** Absent as long as no release has migrations. */
  readonly migrations?: MigrationLog;
}

/** Where the router sends live traffic now, asked of the router. */
export interface Observation {
  /** `null`: nowhere yet. `"foreign"`: to backends that belong to neither color. */
  readonly color: Color | null | "foreign";
  /** The router's own record; `null` when there is none. */
  readonly record: RouterRecord | null;
  /** The backends are those that the record's writer set. `false`: another hand moved the traffic. */
  readonly intact: boolean;
  /**
   * The backends are exactly those that the color has now, and none where there is no color. `false` after its containers
   * were replaced, or as long as a write is not carried out in full.
   */
  readonly current: boolean;
  /** Who wrote last when it was not this app, as far as the platform knows: "kubectl-patch at 2026-01-31T12:00:00Z". */
  readonly movedBy: string | null;
  /** Every color that users get to, where several routers differ; absent while they agree. */
  readonly reaches?: readonly Color[];
}

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

/** The journal's record of one cutover attempt, and the component's `cutover` output. */
export interface CutoverRecord {
  readonly attempt: number;
  /** `"foreign"`: backends of another hand. */
  readonly from: Color | null | "foreign";
  readonly to: Color;
  readonly release: string;
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
  /** From taking the lease to the outcome. Milliseconds. */
  readonly totalMs: number;
  readonly writer: string;
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

/** The entry of a record in the journal: one an attempt, one each time that the live color was changed in place, and migrations. */
export function journalKey(record: JournalRecord): string {
  const { attempt, outcome, at } = record;
  const number = String(attempt).padStart(6, "0");
  if ("migration" in record) return `${number}-${record.migration}-${record.color}.json`;
  return outcome === "kept" ? `${number}-${at.replace(/[-:]|\.\d+/g, "")}.json` : `${number}.json`;
}

/** "blue 1.4.2 (attempt 3, written by ann@ci-7 pid 4711 at 2026-01-31T12:00:00Z)" */
export function describeRecord(record: RouterRecord | null): string {
  if (!record) return "the router holds no record of ours";
  const what = record.active ? `${record.active} ${record.release ?? ""}`.trim() : "no color";
  return `${what} (attempt ${record.attempt}, written by ${record.writer} at ${record.at})`;
}

/** Where traffic is, for who did not send it there. */
export function describePlace({ color, reaches }: Observation): string {
  if (color !== "foreign") return color ?? "no color";
  const [one, other] = reaches ?? [];
  return one ? `${one} and ${other ?? "elsewhere"} at once` : "backends of neither color";
}

/** Who moved the traffic, as far as it can be known. */
export function describeMover({ movedBy, record }: Observation): string {
  const by = movedBy === null ? "" : `it was moved by ${movedBy}; `;
  return `${by}its last own write is ${describeRecord(record)}`;
}

/** No color of this app has ever been left in charge of the router. */
export function neverOurs({ record }: Observation): boolean {
  return record === null || record.active === null;
}

/** The latches after this attempt: those of releases that still stand, and the new one, if any. */
export function latchesAfter(
  before: readonly Latch[],
  versions: Readonly<Partial<Record<Color, string>>>,
  added: Latch | null,
): Latch[] {
  const standing = before.filter((latch) => versions[latch.color] === latch.release && latch.color !== added?.color);
  return added ? [...standing, added] : standing;
}
