import type { Amounts, Color, Occupant, Pool, Running } from "@bluegreen/core";

/** What of an app has its room already, and how more of it comes. */
export interface Tenancy {
  readonly running: readonly Running[];
  /** A candidate gets as many replicas as the live color has. */
  readonly scales: boolean;
  /** Another release under the live color's users comes beside what runs, not instead of it. */
  readonly replacesLiveBeside: boolean;
  /**
   * `specs`: what was recorded of the services that are planned. Takes up to a second on Docker. Rejects when nobody can
   * say; what this deployer may not see is in `unseen`.
   */
  measure(specs: readonly unknown[]): Promise<Capacity>;
}

/** The room that a platform has, and what of the app takes some of it. */
export interface Capacity {
  readonly pools: readonly Pool[];
  readonly occupants: readonly Occupant[];
  /** One line each that could not be looked at. */
  readonly unseen: readonly string[];
  /** What each replica takes of a service whose release was recorded with this spec. */
  takes(color: Color, service: string, spec: unknown): Amounts;
}
