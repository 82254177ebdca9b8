import type { Claim, Color, Observation, Unfinished } from "@bluegreen/core";

/**
 * The right to move one app's traffic, held by at most one cutover. A lease that nobody renews may be taken over; the
 * one left by a killed run proves whose unfinished attempt the router shows.
 */
export interface Lease {
  /** What the taken-over lease of a killed run was doing. */
  readonly unfinished: Unfinished | null;
  /** What this lease says. */
  readonly claim: Claim;
  /** Why the lease is lost, or `null` while it is held. Asks the platform, so that a run taken over stops writing. */
  lost(): Promise<string | null>;
  release(): Promise<void>;
  /** Lets it lie there without a heartbeat: the next run takes it over and learns what was left unfinished. */
  abandon(): void;
}

export interface LeaseRequest {
  readonly attempt: number;
  /** The color that is to be live, and what the router says as the lease is taken. */
  readonly wish: Color;
  readonly seen: Observation;
  /** That color has been live with its present release. Left out by who moves nothing. */
  readonly sealed?: boolean;
}

/** A lease as it lies on the platform. */
export interface Holder {
  /** Its identity there: a lease that was taken over is another one. */
  readonly id: string;
  /** `processName()` of who holds it. */
  readonly process: string;
  readonly unfinished: Unfinished;
}

/** Where a platform keeps leases: something that can be created only once, and that only its creator renews. */
export interface LeaseStore {
  /** Makes the lease, or gives `null` when there is one. */
  create(claim: Claim): Promise<string | null>;
  read(): Promise<Holder | null>;
  /** Whatever the holder changes with each renewal. */
  heartbeat(id: string): Promise<string | null>;
  renew(id: string): Promise<void>;
  /** Removes the lease with this id; one that is gone, or another one by now, is left alone. */
  remove(id: string): Promise<void>;
  /** Why the lease with this id is not held any more; `null` while it is. */
  lost(id: string): Promise<string | null>;
}
