import type { Color } from "./color.ts";
import type { Observation } from "./record.ts";

/** A candidate that did not go live, or was taken back. */
export interface Failed {
  readonly color: Color;
  readonly release: string;
  readonly attempt: number;
}

/** Why a failed candidate must be left running, whatever was wished; `null` when nobody can reach it. */
export function whyNotStopped({ color, attempt }: Failed, seen: Observation): string | null {
  if (seen.color === color) return `traffic is at ${color}`;
  if (!seen.intact || seen.color === "foreign") return "the router sends traffic where this app did not send it";
  const written = seen.record?.attempt ?? 0;
  return written > attempt ? `attempt ${written} came after it` : null;
}
