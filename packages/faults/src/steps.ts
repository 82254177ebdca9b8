/** The steps of a cutover at which a fault can strike, in the order in which one run can come to them. */
export const steps = {
  leasing: "before it takes the lease",
  observing: "before it looks at the router",
  inspecting: "before its last look at the candidate",
  fencing: "before it makes sure of its lease for the switch",
  switching: "right before the switch's write",
  stopping: "right before it stops the old color",
  stopped: "after the old color has ended, before the new one starts",
  starting: "right before it starts the new color",
  between: "between the switch's write to the first router and to the second",
  switched: "after the switch's write, before its answer",
  verifying: "before the verification",
  baking: "as the bake begins",
  reverting: "right before the revert's write",
  restarting: "in the revert, after the new color has ended, before the old one starts",
  betweenReverts: "between the revert's write to one router and to the other",
  reverted: "after the revert's write, before its answer",
  reobserving: "before it looks at the router again",
  confirming: "before it confirms the revert",
  draining: "before it drains",
  releasing: "before it releases the lease",
} as const;

export type Step = keyof typeof steps;

/** What the provider does when it is let go on: what it was about to do, or that fails. */
export type Word = "go" | "fail";

/** The environment variable that names the folder in which runner and hook meet. */
export const folderVariable = "BLUEGREEN_FAULTS";

/** What one command of the cutover's machine took. */
export interface Span {
  readonly step: Step;
  /** ms since 1970. */
  readonly from: number;
  readonly to: number;
  /** The event that answered it, `threw` if none did. */
  readonly event: string;
}
