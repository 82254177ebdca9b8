/** How a gate waits for its check. Verification has an interval and limits of its own, and takes no notice of these. */
export interface Waits {
  /** How long it must pass without a break. @default "0s", once is enough */
  readonly healthyFor?: string | undefined;
  /** How long it may take until that begins. @default "0s", one look; "60s" for http, tcp and grpc */
  readonly within?: string | undefined;
  /** Pause between two looks. @default "1s" */
  readonly interval?: string | undefined;
}
