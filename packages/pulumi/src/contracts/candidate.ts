import type { Color, PerColor } from "@bluegreen/core";
import type { Fronts } from "./addresses.ts";
import type { Subject } from "./check.ts";
import type { Reaches } from "./release.ts";

/** Whose backends a gate is to look at. */
export interface CandidateQuery extends Fronts {
  /** Who asks. */
  readonly gate: { readonly name: string };
  readonly attempt: number;
  readonly app: string;
  readonly color: Color;
  readonly release: string;
  readonly reach: PerColor<Reaches>;
  /** Where the candidate answers by itself, on platforms where it has such an address. */
  readonly candidateUrl: string;
}

/** What a gate checks. */
export interface Candidate {
  readonly subject: Subject;
  /** Identities of all backends of the color that run. */
  readonly subjects: readonly string[];
  close(): Promise<void>;
}
