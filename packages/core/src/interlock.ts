import { cutOffRevert, shownAttempt, type Unfinished, undoes } from "./claim.ts";
import { type Color, colors, otherColor, type PerColor, perColor } from "./color.ts";
import type { Breach, Fault } from "./fault.ts";
import { isReached } from "./group.ts";
import {
  latched,
  liveChanged,
  liveRemoved,
  moved,
  movesAtOnce,
  nameOf,
  noRelease,
  nothingToTakeOver,
  occupied,
  unfit,
} from "./interlock-breaches.ts";
import { type Irreversible, noReturnBreaches } from "./no-return.ts";
import { type Latch, neverOurs, type Observation } from "./record.ts";
import { isVerified, wasVerified } from "./verified.ts";

/** What a color runs, as far as the interlock cares: a version, and a definition that it compares but never reads. */
export interface Release<D> {
  readonly version: string;
  readonly definition: D;
}

/** A release as the interlock remembers it. */
export interface Recorded<D> extends Release<D> {
  /** It has been live under this version, so its definition never changes again. */
  readonly sealed: boolean;
}

/** What the program asks for. */
export interface Wish<D> {
  readonly activeColor: Color;
  readonly releases: Readonly<Partial<Record<Color, Release<D>>>>;
  readonly allowLiveChange: boolean;
  /** Takes traffic back that someone else moved: the color (or `foreign`) it is at now. */
  readonly force: Color | "foreign" | null;
  /** Traffic that no app of ours ever moved may be taken over. */
  readonly adopts: boolean;
  /** `VERSION#ATTEMPT` of a latched release that may be tried once more. */
  readonly retry: string | null;
  readonly irreversible: Irreversible;
  /** The release past whose point of no return a switch may go back. */
  readonly returnPast: string | null;
  /** Of a living app whose memory was lost: the versions that its colors run; else left out. */
  readonly takesOver?: PerColor<string | null> | undefined;
}

/** What the interlock remembers from run to run. */
export interface Memory<D> {
  readonly attempt: number;
  /** The color that the current attempt is for. */
  readonly candidate: Color;
  /** The current attempt goes back to a release that was verified live, for which less has to be shown. */
  readonly rollback?: boolean;
  /** The color that was last seen live. */
  readonly live: Color | null;
  readonly releases: Readonly<Partial<Record<Color, Recorded<D>>>>;
}

/** What the router said when it was asked. */
export type Sight =
  /** There is no router yet, or it is gone. */
  | { readonly kind: "absent" }
  | { readonly kind: "unreachable"; readonly reason: string }
  /** What is to be the router is another app's (its identity), or someone else's (`null`). */
  | { readonly kind: "occupied"; readonly what: string; readonly by: string | null }
  /** What is to be adopted can't be, and why. */
  | { readonly kind: "unfit"; readonly what: string; readonly problem: string }
  | {
      readonly kind: "seen";
      readonly observation: Observation;
      readonly unfinished: Unfinished | null;
      /** One line a service of the live color that runs another image than was verified; absent where none does. */
      readonly strange?: readonly string[];
      /** Why nobody is led anywhere now, and what comes of it in an update; left out where the router runs. */
      readonly atRest?: string;
    };

export interface Decision<D> {
  readonly memory: Memory<D>;
  readonly faults: readonly Fault[];
  /** The user's words without which there would be faults, for the journal: `force green`. */
  readonly overrides: readonly string[];
  /** Colors whose sealed release runs as it was recorded: no part of it may be changed by this run, whatever asks for it. */
  readonly frozen: PerColor<boolean>;
  /**
   * The color that this run neither makes live nor takes traffic from, and could not have to go back to: it is declared
   * after the cutover, so that its trouble holds up nobody. `null`: both are needed.
   */
  readonly bystander: Color | null;
  /** Colors whose program definition differs from the recorded release and waits for a new version. */
  readonly pending: readonly Color[];
}

/** How the interlock compares definitions: `null` when one of them is not fully known yet. */
export type SameDefinition<D> = (a: D, b: D) => boolean | null;

/** Decides which release each color has, whether the wish is legal, and whether a new attempt begins. Pure. */
export function decide<D>(before: Memory<D> | null, wish: Wish<D>, sight: Sight, same: SameDefinition<D>): Decision<D> {
  const live = liveColor(before, sight);
  const breaches: Breach[] = [];
  const pending: Color[] = [];
  const releases = {} as Record<Color, Recorded<D>>;
  for (const color of colors) {
    const guarded = sight.kind === "unreachable" || live === color || hasUsers(sight, color);
    const remembered = before ? before.releases[color] : takenOver(color, wish);
    const sealed = isSealed(color, remembered, before, sight, live);
    const chosen = chooseRelease(color, remembered, wish, guarded, sealed);
    breaches.push(...chosen.breaches.map((breach) => explainBlindness(breach, sight)));
    if (chosen.recorded) releases[color] = chosen.recorded;
    const wished = wish.releases[color];
    const waits = chosen.recorded && wished && same(chosen.recorded.definition, wished.definition) === false;
    if (waits) pending.push(color);
  }
  if (!releases[wish.activeColor]) breaches.push(noRelease(wish.activeColor));
  if (sight.kind === "occupied") breaches.push(occupied(sight));
  if (sight.kind === "unfit") breaches.push(unfit(sight));
  const goesOn = finishesRevert(before, wish, sight);
  const returns = undoes(wish.activeColor, releases[wish.activeColor]?.sealed ?? false, ownAttempt(sight));
  const taken = before ? undefined : wish.takesOver;
  if (taken) breaches.push(...takeOverBreaches(wish, taken, sight));
  if (!taken || live === null) breaches.push(...trafficBreaches(before, wish, sight));
  // Taken back is what is latched, or what went live over it.
  if (!goesOn && !returns) breaches.push(...latchBreaches(wish, sight, live));
  // A revert of our own unfinished attempt: no point was passed since it began.
  if (!returns) breaches.push(...noReturnBreaches(before, wish, sight));
  const begins = sight.kind === "unreachable" ? false : live !== wish.activeColor && !returns && !goesOn;
  const memory: Memory<D> = {
    attempt: begins ? lastAttempt(before, sight) + 1 : (before?.attempt ?? lastAttempt(null, sight)),
    candidate: begins || !before ? wish.activeColor : before.candidate,
    rollback: begins ? rollsBack(wish.activeColor, releases[wish.activeColor], sight) : (before?.rollback ?? false),
    live,
    releases,
  };
  const frozen = perColor(
    (color) => (releases[color]?.sealed ?? false) && runs(releases[color]?.version, color, sight),
  );
  return { memory, ...judge(breaches), frozen, bystander: bystanderOf(wish.activeColor, live, sight), pending };
}

function bystanderOf(wish: Color, live: Color | null, sight: Sight): Color | null {
  const other = otherColor(wish);
  const unknown = sight.kind === "unreachable" || (sight.kind === "seen" && sight.unfinished !== null);
  return unknown || live === other || hasUsers(sight, other) ? null : other;
}

/** `false` while a change under the color's users (`allowLiveChange`) is not finished: the router still has the old release. */
function runs(version: string | undefined, color: Color, sight: Sight): boolean {
  const record = sight.kind === "seen" ? sight.observation.record : null;
  return record?.active !== color || record.release === version;
}

/** What of these the wish is refused for, and what was allowed. */
export function judge(breaches: readonly Breach[]): { faults: Fault[]; overrides: string[] } {
  return {
    faults: breaches.filter(({ override }) => override === null).map(({ fault }) => fault),
    overrides: breaches.flatMap(({ override }) => override ?? []),
  };
}

/** The router may have seen more attempts than this state, when an old state was restored. */
function lastAttempt<D>(before: Memory<D> | null, sight: Sight): number {
  const written = sight.kind === "seen" ? (sight.observation.record?.attempt ?? 0) : 0;
  return Math.max(before?.attempt ?? 0, written);
}

/** The color whose backends users reach. A router that is gone or unreachable is believed to be where it was. */
function liveColor<D>(before: Memory<D> | null, sight: Sight): Color | null {
  if (sight.kind === "seen") return sight.observation.color === "foreign" ? null : sight.observation.color;
  return sight.kind === "unreachable" ? (before?.live ?? null) : null;
}

function isSealed<D>(
  color: Color,
  recorded: Recorded<D> | undefined,
  before: Memory<D> | null,
  sight: Sight,
  live: Color | null,
): boolean {
  const latched = latchesOf(sight).some((latch) => latch.color === color && latch.release === recorded?.version);
  return (recorded?.sealed ?? false) || live === color || before?.live === color || latched || hasUsers(sight, color);
}

/** Some of several routers still send users there, whatever the others do. */
function hasUsers(sight: Sight, color: Color): boolean {
  return sight.kind === "seen" && isReached(sight.observation, color);
}

/** What runs under the version that the program gives it counts as what the program says: nobody remembers more of it. */
function takenOver<D>(color: Color, { takesOver, releases }: Wish<D>): Recorded<D> | undefined {
  const wished = releases[color];
  return wished && takesOver?.[color] === wished.version ? { ...wished, sealed: true } : undefined;
}

/** It is taken over as it is, and only then moved. */
function takeOverBreaches<D>(wish: Wish<D>, runs: PerColor<string | null>, sight: Sight): Breach[] {
  if (sight.kind === "absent" && runs.blue === null && runs.green === null) return [nothingToTakeOver()];
  if (sight.kind !== "seen") return [];
  const { color: live, record } = sight.observation;
  if (live === null || live === "foreign") return [];
  if (live !== wish.activeColor) return [movesAtOnce(live, wish.activeColor)];
  const version = wish.releases[live]?.version;
  const recorded = record?.release ?? runs[live];
  if (version === undefined || recorded === null || recorded === version) return [];
  return [liveChanged(live, recorded, version, wish.allowLiveChange)];
}

interface Choice<D> {
  readonly recorded: Recorded<D> | null;
  readonly breaches: readonly Breach[];
}

function chooseRelease<D>(
  color: Color,
  recorded: Recorded<D> | undefined,
  wish: Wish<D>,
  guarded: boolean,
  sealed: boolean,
): Choice<D> {
  const wished = wish.releases[color];
  if (!recorded) return { recorded: wished ? { ...wished, sealed: false } : null, breaches: [] };
  if (!wished) {
    if (!guarded) return { recorded: null, breaches: [] };
    return { recorded: { ...recorded, sealed }, breaches: [liveRemoved(color, recorded.version)] };
  }
  if (wished.version === recorded.version) {
    return sealed
      ? { recorded: { ...recorded, sealed }, breaches: [] }
      : { recorded: { ...wished, sealed: false }, breaches: [] };
  }
  const taken = { ...wished, sealed: false };
  if (!guarded) return { recorded: taken, breaches: [] };
  const breach = liveChanged(color, recorded.version, wished.version, wish.allowLiveChange);
  return { recorded: breach.override === null ? { ...recorded, sealed } : taken, breaches: [breach] };
}

function trafficBreaches<D>(before: Memory<D> | null, wish: Wish<D>, sight: Sight): Breach[] {
  if (sight.kind !== "seen") return [];
  const { observation: seen, unfinished } = sight;
  if (seen.color === wish.activeColor || shownAttempt(seen, unfinished)) return [];
  const behind = seen.record !== null && seen.record.attempt > (before?.attempt ?? 0);
  const foreign = seen.color === "foreign" || !seen.intact;
  // Traffic that goes nowhere is nobody's.
  if (seen.color === null || (!foreign && !behind)) return [];
  if (wish.force === seen.color) return [moved(seen, wish.activeColor, `force ${seen.color}`)];
  return [moved(seen, wish.activeColor, wish.adopts && neverOurs(seen) ? "adopt" : null)];
}

function latchBreaches<D>(wish: Wish<D>, sight: Sight, live: Color | null): Breach[] {
  const color = wish.activeColor;
  const release = wish.releases[color]?.version;
  if (live === color || release === undefined || sight.kind !== "seen") return [];
  const { record } = sight.observation;
  const latch = latchesOf(sight).find((one) => one.release === release);
  // Its version went live on both colors, and only the other one was reverted.
  if (!latch || (latch.color !== color && wasVerified(record?.verified ?? [], color, release))) return [];
  return [latched(color, latch, wish.retry)];
}

/** To a release that users were with to the end of its bake, and of which nothing was replaced since. */
function rollsBack<D>(color: Color, release: Recorded<D> | undefined, sight: Sight): boolean {
  if (sight.kind !== "seen" || !release?.sealed) return false;
  const { record, targets } = sight.observation;
  if (latchesOf(sight).some((latch) => latch.color === color && latch.release === release.version)) return false;
  return isVerified(record?.verified, { color, release: release.version, backends: targets?.[color] ?? "" });
}

function latchesOf(sight: Sight): readonly Latch[] {
  return sight.kind === "seen" ? (sight.observation.record?.latches ?? []) : [];
}

function ownAttempt(sight: Sight) {
  return sight.kind === "seen" ? shownAttempt(sight.observation, sight.unfinished) : null;
}

/**
 * A revert that was cut off is finished before its color is refused, or has a new version tried: until then nobody may be
 * at work.
 */
function finishesRevert<D>(before: Memory<D> | null, wish: Wish<D>, sight: Sight): boolean {
  if (sight.kind !== "seen") return false;
  const latch = cutOffRevert(sight.observation, sight.unfinished);
  // The cutover finishes the attempt that it is told, and another one may have begun since.
  if (latch?.attempt !== before?.attempt) return false;
  return latch?.color === wish.activeColor && wish.retry !== nameOf(latch);
}

function explainBlindness({ fault, override }: Breach, sight: Sight): Breach {
  if (sight.kind !== "unreachable") return { fault, override };
  const blind = `the router cannot be reached, so both colors count as live: ${sight.reason}`;
  return { fault: { ...fault, problem: `${fault.problem} (${blind})` }, override };
}

/** The versions that the colors have, for whom only those matter. */
export function versionsOf<D>(memory: Memory<D>): Partial<Record<Color, string>> {
  const versions = perColor((color) => memory.releases[color]?.version);
  return Object.fromEntries(Object.entries(versions).filter(([, version]) => version !== undefined));
}
