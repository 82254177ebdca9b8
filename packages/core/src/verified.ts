import { shownAttempt, type Unfinished } from "./claim.ts";
import { type Color, isColor } from "./color.ts";
import type { Latch, Observation } from "./record.ts";

/** A release that was live to the end of its bake, as it was when it was left. */
export interface Verified {
  readonly color: Color;
  readonly release: string;
  /** Fingerprint of the backends that it had. With other ones it is not what was verified. */
  readonly backends: string;
}

/** What the router's record says of it. */
export interface Verifications {
  /** One a color at most; the release that is live is among them once it is left. Absent as long as none was left. */
  readonly verified?: readonly Verified[];
  /** The live release may have got its users without a bake: from or by someone else, in place, or on the way back. */
  readonly unbaked?: true;
}

/** Whether this release was live to the end of its bake on this color, whatever it has for backends now. */
export function wasVerified(verified: readonly Verified[], color: Color, release: string): boolean {
  return verified.some((one) => one.color === color && one.release === release);
}

/** The same, of a release that has these very backends. */
export function isVerified(verified: readonly Verified[] = [], now: Verified): boolean {
  return wasVerified(
    verified.filter(({ backends }) => backends === now.backends),
    now.color,
    now.release,
  );
}

/** The release that is live, if its cutover has ended well and was one with a bake. */
export function verifiedLive(seen: Observation, unfinished: Unfinished | null): Verified | null {
  const { color, record, intact } = seen;
  if (!intact || !isColor(color) || record?.active !== color || record.release === null) return null;
  // As long as a run has not ended well, nobody can tell for certain how the one before it did.
  if (record.unbaked || unfinished !== null) return null;
  return { color, release: record.release, backends: record.backends };
}

/** What a write sends traffic to; `latch` where it takes it back. */
interface Written {
  readonly color: Color | null;
  readonly release: string | null;
  /** Fingerprint. */
  readonly backends: string;
  readonly latch: Latch | null;
}

/**
 * What a write of the traffic leaves of it. Only going on from a release says that its cutover was done; what is taken
 * back is not verified any more.
 */
export function verifiedAfter(seen: Observation, unfinished: Unfinished | null, to: Written): Verifications {
  const { record } = seen;
  const { latch } = to;
  const before = record?.verified ?? [];
  const left = latch === null ? verifiedLive(seen, unfinished) : null;
  const stays = seen.color === to.color;
  const known = left && !stays ? [...before.filter(({ color }) => color !== left.color), left] : before;
  const verified = latch ? known.filter((one) => !isOf(latch, one)) : known;
  return {
    ...(verified.length > 0 ? { verified } : {}),
    ...(isUnbaked(seen, unfinished, to, before) ? { unbaked: true } : {}),
  };
}

function isOf(latch: Latch, { color, release }: Verified): boolean {
  return latch.color === color && latch.release === release;
}

function isUnbaked(
  seen: Observation,
  unfinished: Unfinished | null,
  { color, release, backends, latch }: Written,
  before: readonly Verified[],
): boolean {
  if (color === null || release === null) return false;
  const { record } = seen;
  // A run that goes on with one that was killed as it took traffic back from someone else does not bake.
  if (!seen.intact && latch === null) return true;
  const own = shownAttempt(seen, unfinished);
  const returns = latch !== null || (own !== null && own.from === color && own.to !== color);
  if (seen.color === color) {
    // The same color, other backends: a bake that the release has had, or has before it, stands for them.
    if (!returns) return record?.active !== color || record.release !== release || record.unbaked === true;
  }
  return returns && !isVerified(before, { color, release, backends });
}
