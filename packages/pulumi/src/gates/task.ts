import type { PlatformAddress } from "../contracts/addresses.ts";
import type { CandidateQuery } from "../contracts/candidate.ts";
import type { Environment, NamedGate } from "../contracts/check.ts";

/**
 * What a gate's process is told. Everything in it is constant for one attempt, so that nothing else starts it again.
 * Probes may go out from the router.
 */
export interface GateTask extends CandidateQuery {
  readonly gate: NamedGate;
  readonly platform: PlatformAddress;
  /** `false`: the wish for this attempt's color was taken back, so there is nothing left to check. */
  readonly wanted: boolean;
}

/** What a gate's process is told in confidence, as JSON in `BLUEGREEN_GATE_SECRETS`. */
export interface GateSecrets {
  /** The check's own, by name. */
  readonly own: Environment;
  /** Values of the candidate's variables, which nothing that is shown may repeat. */
  readonly color: readonly string[];
}
