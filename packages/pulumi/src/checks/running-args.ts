/** Of an app without a live address. */
export interface RunningGate {
  readonly kind: "running";
  /** How long all that may run before the switch must run and be ready, without a break. @default "5s" */
  readonly healthyFor?: string | undefined;
  /** Deadline for getting there; `healthyFor` comes on top. @default "60s" */
  readonly within?: string | undefined;
  /** Pause between two looks. @default "1s" */
  readonly interval?: string | undefined;
}

/** What `none()` is gated by when no gate is given. @example running({ healthyFor: "30s" }) */
export function running(settings: Omit<RunningGate, "kind"> = {}): RunningGate {
  return { kind: "running", ...settings };
}
