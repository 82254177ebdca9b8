import type { KnownCheck } from "../contracts/check.ts";

/** The router sends nothing to the old color any more once it took the write; answers of it are waited out this long. */
export const verifyWithinMs = 15_000;

/** What is wrong with a look. */
export interface Problem {
  readonly reason: string;
  /** `failed`: the color's own failure. `astray`: another color may have been asked. `blind`: nothing could be told. */
  readonly kind: "failed" | "astray" | "blind";
  /** How long the live address may still take to follow: so long nothing is proven. */
  readonly settlesInMs: number;
  /** The end of what a program printed. */
  readonly output: string;
}

export interface NamedCheck {
  readonly name: string;
  readonly check: KnownCheck;
}
