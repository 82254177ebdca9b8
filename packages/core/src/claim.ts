import type { Color } from "./color.ts";
import { type Latch, type Observation, revertOf } from "./record.ts";

/** An attempt by the traffic that it moves. */
export interface Attempted {
  readonly attempt: number;
  /** Where a revert goes. The same as `to` when only the backends of the live color changed. */
  readonly from: Color | null;
  readonly to: Color;
}

/** What a lease says its holder does to the traffic. */
export interface Claim extends Omit<Attempted, "attempt"> {
  /**
   * The unfinished attempt that the router showed as the lease was taken: until the holder has written, that one is still
   * to be finished or undone.
   */
  readonly standing?: Attempted;
}

/** A cutover that holds the lease, or was killed while it held it. */
export interface Unfinished extends Claim {
  readonly attempt: number;
  readonly owner: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

/** The unfinished attempt of which the router shows exactly what it wrote, and nobody's hand since. */
export function shownAttempt({ color, record, intact }: Observation, unfinished: Unfinished | null): Attempted | null {
  if (unfinished === null || !intact) return null;
  const shown = [unfinished, unfinished.standing].find(
    (one) => one && one.attempt === record?.attempt && one.to === color,
  );
  return shown ? { attempt: shown.attempt, from: shown.from, to: shown.to } : null;
}

/**
 * The unfinished attempt was being taken back: the record says so, and names what failed, but its write is not carried out
 * in full. `undefined` when it is, or when that is not what the router shows.
 */
export function cutOffRevert(seen: Observation, unfinished: Unfinished | null): Latch | undefined {
  if (unfinished === null || !seen.intact || seen.current) return undefined;
  const { from, to } = unfinished;
  if (from !== seen.color || from === to) return undefined;
  return revertOf(seen.record?.latches ?? [], to, unfinished.attempt);
}

/**
 * Going back to where an unfinished attempt came from is its revert, which needs no gates, as long as the very release is
 * there that users were with: `sealed`. Any other one there is a candidate like every candidate.
 */
export function undoes(wish: Color, sealed: boolean, own: Attempted | null): boolean {
  return own?.from === wish && sealed;
}

/**
 * What a run writes into its lease, so that the next one knows what to finish or undo, should this one be killed. A run
 * that finishes or undoes a killed one goes on with that one's claim: until it has ended, nothing else is proven.
 */
export function claim(wish: Color, sealed: boolean, seen: Observation, unfinished: Unfinished | null): Claim {
  const own = shownAttempt(seen, unfinished);
  const standing = own ? { standing: own } : {};
  if (own && (wish === own.to || undoes(wish, sealed, own))) return { from: own.from, to: own.to, ...standing };
  // Only the run that takes traffic from foreign backends can give it back: nobody keeps what they were.
  return { from: seen.color === "foreign" ? wish : seen.color, to: wish, ...standing };
}
