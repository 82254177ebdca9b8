import type { Color, PerColor } from "./color.ts";
import type { Images } from "./images.ts";
import type { MigrationLog } from "./migrations.ts";
import { type Verifications, type Verified, wasVerified } from "./verified.ts";

/**
 * A release that went live and was reverted. Whatever is live meanwhile, it stays off the live address, on either color,
 * until it is named by `retry` and holds; a color gets past it with another version.
 */
export interface Latch {
  readonly color: Color;
  readonly release: string;
  readonly attempt: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly reason: string;
  /** Traffic was sent to it again since, so it tells of no revert that is under way. */
  readonly outlived?: true;
}

/** The latch of this attempt's revert, which may be under way still. */
export function revertOf(latches: readonly Latch[], color: Color, attempt: number | undefined): Latch | undefined {
  return latches.find((one) => one.color === color && one.attempt === attempt && !one.outlived);
}

/**
 * What the router itself keeps beside the color it sends traffic to, written in the same atomic write as the color.
 * Pulumi's state can't hold it: a failed update is not saved there.
 */
export interface RouterRecord extends Verifications {
  /** Identity of the app instance that wrote it. */
  readonly app: string;
  readonly active: Color | null;
  readonly release: string | null;
  /** Fingerprint of the backends it was written with. Another one in the router means someone else. */
  readonly backends: string;
  /** The attempt that wrote it. An attempt is used once: a cutover needs a greater one than this. */
  readonly attempt: number;
  /** Who wrote it: user, host and process. */
  readonly writer: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly latches: readonly Latch[];
  /** What ran of each color as it went live, where the platform resolves images by itself. */
  readonly images?: Readonly<Partial<Record<Color, Images>>>;
  /** Absent as long as no release has migrations. */
  readonly migrations?: MigrationLog;
}

/** Where the router sends live traffic now, asked of the router. */
export interface Observation {
  /** `null`: nowhere yet. `"foreign"`: to backends that belong to neither color. */
  readonly color: Color | null | "foreign";
  /** The router's own record; `null` when there is none. */
  readonly record: RouterRecord | null;
  /** The backends are those that the record's writer set. `false`: someone else moved the traffic. */
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
  /** Fingerprints of the backends that each color has now. */
  readonly targets?: PerColor<string>;
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

/** Why traffic is left alone that someone else moved. */
export function describeForeign(seen: Observation): string {
  return `the router sends traffic to ${describePlace(seen)}, and it was not this app that moved it there: ${describeMover(seen)}`;
}

/** No color of this app has ever been left in charge of the router. */
export function neverOurs({ record }: Observation): boolean {
  return record === null || record.active === null;
}

/** So many releases stay latched, the last ones, each with so much of its reason: they lie in an annotation. */
const keptLatches = 50;
const keptReason = 500;

/**
 * The latches after a write that sends traffic to a color, or takes it back from what is `added` to them. One that its
 * release has outlived, because it was named by `retry` and is verified by now, is gone.
 */
export function latchesAfter(
  before: readonly Latch[],
  verified: readonly Verified[] | undefined,
  to: { readonly color: Color | null; readonly added: Latch | null },
): Latch[] {
  const { color, added } = to;
  const held = ({ color, release }: Latch) => !wasVerified(verified ?? [], color, release);
  const others = before.filter((latch) => held(latch) && latch.release !== added?.release);
  if (added) return [...others, { ...added, reason: added.reason.slice(0, keptReason) }].slice(-keptLatches);
  return others.map((latch) => (latch.color === color ? { ...latch, outlived: true } : latch));
}
