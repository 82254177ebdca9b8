import { milliseconds } from "./duration.ts";
import type { RetireSettings } from "./settings/settings.ts";

/** How many replicas a color's service has, and who decides that. */
export interface Replicas {
  readonly now: number;
  /** An autoscaler decides, as long as it is not zero. */
  readonly autoscaled: boolean;
}

/**
 * How many replicas a color's service is to have. A candidate gets as many as the live color has, which may be more than
 * the program says; a retired color stays at zero until it is the candidate again. Any other one keeps the size that it
 * has: somebody may have scaled it by hand, for users that it has now.
 */
export function wishedReplicas(of: {
  readonly own: Replicas;
  /** What the program says. */
  readonly declared: number;
  /** That is another number than before, and so is meant for both colors. */
  readonly edited: boolean;
  /** It is about to become live. */
  readonly candidate: boolean;
  /** Replicas of the same service in the other color; zero when there is none. */
  readonly other: number;
}): number {
  const { own, declared, edited, candidate, other } = of;
  const settled = own.autoscaled && own.now > 0 ? own.now : declared;
  if (candidate) return Math.max(settled, other);
  return own.now === 0 || !edited ? own.now : settled;
}

/** Milliseconds since 1970 from which on a color that was left at `leftAt` is to be retired; `null`: it stays warm. */
export function retiresAt(policy: RetireSettings, leftAt: string): number | null {
  if (policy === "warm") return null;
  return Date.parse(leftAt) + (policy === "zero" ? 0 : milliseconds(policy.after));
}
