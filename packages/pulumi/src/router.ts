import { createHash } from "node:crypto";
import { type Color, type Observation, type PerColor, perColor, type RouterRecord } from "@bluegreen/core";
import type { EntranceRequest } from "./check.ts";
import type { Answer } from "./http-request.ts";
import type { Reaches } from "./reach.ts";

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

/** The color whose backends these are; `"foreign"` for a mixture or for nobody's, `null` for none. */
export function colorOf(backends: readonly string[], targets: Targets): Color | null | "foreign" {
  if (backends.length === 0) return null;
  if (backends.every((backend) => targets.blue.includes(backend))) return "blue";
  if (backends.every((backend) => targets.green.includes(backend))) return "green";
  return "foreign";
}

/** Short text that is the same for the same backends in any order. */
export function fingerprint(backends: readonly string[]): string {
  return createHash("sha256")
    .update([...backends].sort().join("\n"))
    .digest("hex")
    .slice(0, 12);
}

/**
 * The backends of one of several exposed services, as an app that has several calls them: `chat=host:port`. What is
 * behind one router is then never taken for what is behind another.
 */
export function behind(service: string, backends: readonly string[]): string[] {
  return backends.map((backend) => `${service}=${backend}`);
}

/** Of the backends of several services those of this one, by their own names. */
export function backendsOf(service: string, backends: readonly string[]): string[] {
  return backends.filter((one) => one.startsWith(`${service}=`)).map((one) => one.slice(service.length + 1));
}

/** What a router dials, whether its app has one exposed service or several. */
export function dialOf(backend: string): string {
  return backend.slice(backend.indexOf("=") + 1);
}

/** How the router dials the containers of the exposed services among these, all of one release. */
export function dialsOf(
  containers: readonly { readonly name: string; readonly service: string }[],
  exposed: readonly string[],
  reaches: Reaches,
): string[] {
  return exposed.flatMap((service) => {
    const port = reaches[service]?.port;
    const own = containers.filter((one) => port !== undefined && one.service === service);
    const dials = own.map(({ name }) => `${name}:${port}`);
    return exposed.length === 1 ? dials : behind(service, dials);
  });
}

export function sameBackends(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((backend) => b.includes(backend));
}

/**
 * What backends and record say together: the record names the color as long as its backends are in place; otherwise the
 * backends themselves tell. `movedBy` is believed only when they are not.
 */
export function interpret(
  backends: readonly string[],
  record: RouterRecord | null,
  targets: Targets,
  movedBy: string | null = null,
): Observation {
  const intact = fingerprint(backends) === (record?.backends ?? fingerprint([]));
  const color = intact ? (record?.active ?? null) : (colorOf(backends, targets) ?? "foreign");
  const current = color !== "foreign" && sameBackends(backends, color ? targets[color] : []);
  return { color, record, intact, current, movedBy: intact ? null : movedBy, targets: fingerprints(targets) };
}

export function fingerprints(targets: Targets): PerColor<string> {
  return perColor((color) => fingerprint(targets[color]));
}
