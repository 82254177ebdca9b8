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
 * the program says; a retired color stays at zero until it is the candidate again.
 */
export function wishedReplicas(of: {
  readonly own: Replicas;
  /** What the program says. */
  readonly declared: number;
  /** It is about to become live. */
  readonly candidate: boolean;
  /** Replicas of the same service in the other color; zero when there is none. */
  readonly other: number;
}): number {
  const { own, declared, candidate, other } = of;
  const settled = own.autoscaled && own.now > 0 ? own.now : declared;
  if (candidate) return Math.max(settled, other);
  return own.now === 0 ? 0 : settled;
}

/** Milliseconds since 1970 from which on a color that was left at `leftAt` is to be retired; `null`: it stays warm. */
export function retiresAt(policy: RetireSettings, leftAt: string): number | null {
  if (policy === "warm") return null;
  return Date.parse(leftAt) + (policy === "zero" ? 0 : milliseconds(policy.after));
}
