import type { Duration } from "@bluegreen/core";
export interface NoRouterArgs {
  readonly kind: "none";
  /**
   * Services that never run in both colors at once, such as a Discord bot, by name; `true` for all. The candidate's stay
   * stopped until the switch, which stops the old color's, waits until they are gone and starts the new ones: there is a
   * gap in which neither runs, which the `cutover` output tells (`gapMs`). All others of the candidate are started before
   * the gates and run beside the old color's until that is stopped after the bake. Fixed for the app's life.
   * @default false
   */
  readonly exclusive?: boolean | readonly string[] | undefined;
  /** The service that `http` gates ask; not an exclusive one. On Docker its containers' addresses must be reachable. */
  readonly expose?: string | undefined;
  /** How long what the switch has started has to become ready; then it is reverted. @default "60s" */
  readonly startWithin?: Duration | undefined;
}

/**
 * An app without a live address: a bot, a worker. Which color is active is which color runs; `app.url` and
 * `app.candidateUrl` are empty. @example none({ exclusive: ["bot"] })
 */
export function none(settings: Omit<NoRouterArgs, "kind"> = {}): NoRouterArgs {
  return { kind: "none", ...settings };
}
