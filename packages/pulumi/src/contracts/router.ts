import type { Observation, PerColor, RouterRecord } from "@bluegreen/core";
import type { Answer } from "./answer.ts";
import type { EntranceRequest } from "./check.ts";

/** The backends of each color as the router dials them: `host:port`. */
export type Targets = PerColor<readonly string[]>;

/** What was seen, and the token that proves at the write that nobody changed it since. */
export interface Seen {
  readonly observation: Observation;
  /** The backends that live traffic goes to now. */
  readonly backends: readonly string[];
  readonly token: string;
}

/** An answer that came through the live address, with the proof of who gave it. */
export interface LiveAnswer extends Answer {
  /** The backend that answered, as the router dials it; empty when the router proves nothing. */
  readonly backend: string;
  /**
   * The backend was asked by itself, because what is in front of it may still send requests elsewhere, for so many
   * milliseconds at most. It tells what the backend is worth, but not that live traffic has got there.
   */
  readonly settlesInMs?: number;
}

export interface Written {
  /** `stuck`: the record is written, but what was to end first did not (`reason`), so nothing was started. */
  readonly result: "written" | "conflict" | "stuck";
  readonly reason?: string;
  /** What a write on top of this one has to show. */
  readonly token: string;
  /** From sending the write to the router's answer. Milliseconds. */
  readonly ms: number;
  /** When what was left was last seen to run, where both can't run at once. Milliseconds since 1970. */
  readonly leftAt?: number;
}

/** Why this run may not write any more, or `null`. */
export type Fenced = () => Promise<string | null>;

/** What a router must be able to do. The cutover knows no more of it than this. */
export interface Router {
  readonly kind: "caddy" | "service" | "ingress" | "group" | "none";
  /** Where live traffic goes now. Rejects when the router cannot be reached. */
  observe(targets: Targets): Promise<Seen>;
  /**
   * Sends live traffic to these backends and keeps the record, in one atomic step, unless the token is stale. A `group`
   * takes a step a router, asks `fenced` before each of them, and undoes them when one is not taken; it rejects when
   * what its routers show is not known, or not the same. `none` takes several, too, and can't do without `fenced`.
   */
  write(backends: readonly string[], record: RouterRecord, seen: Seen, fenced?: Fenced): Promise<Written>;
  /**
   * Keeps a record that says nothing new about traffic, and touches nothing else; for a router whose `write` does more
   * than to write. Where it is absent, a `write` of the backends that were seen does the same.
   */
  note?(record: RouterRecord, seen: Seen): Promise<Written>;
  /**
   * One request through the live address of a service (of the first one that is exposed), on a new connection. Rejects
   * when there is no answer.
   */
  ask(request: EntranceRequest, service?: string): Promise<LiveAnswer>;
}
