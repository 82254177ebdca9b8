import type { Duration } from "@bluegreen/core";
/** How a gate waits for its check. Verification has an interval and limits of its own, and takes no notice of these. */
export interface Waits {
  /** How long it must pass without a break. @default "0s", once is enough */
  readonly healthyFor?: Duration | undefined;
  /** How long it may take until that begins. @default "0s", one look; "60s" for http, tcp, grpc, certificate and running */
  readonly within?: Duration | undefined;
  /** Pause between two looks. @default "1s" */
  readonly interval?: Duration | undefined;
}

/** Whom a check asks. */
export interface Asks extends Waits {
  /**
   * The service that is asked: each of its containers by itself before the switch, its live address after it. One that no
   * router exposes is asked at its containers before and after. @default the one that the first router exposes
   */
  readonly service?: string | undefined;
  /** Another port than the service's; it is asked at the containers, always. */
  readonly port?: number | undefined;
  /** Deadline of one question. @default "5s" */
  readonly timeout?: Duration | undefined;
}

export interface Watches extends Waits {
  /** The service whose containers are looked at. @default all of the color's */
  readonly service?: string | undefined;
}

export interface Loads extends Waits {
  /** @default "/" */
  readonly path?: string | undefined;
  /** Requests a second, shared by the entrances in turn; at most 500. @default 20 */
  readonly rate?: number | undefined;
  /** How long one look sends them. @default "10s" */
  readonly for?: Duration | undefined;
  /** Deadline of one request. @default "5s" */
  readonly timeout?: Duration | undefined;
}
