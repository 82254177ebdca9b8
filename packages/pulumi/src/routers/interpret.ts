import { createHash } from "node:crypto";
import { type Color, type Observation, type PerColor, perColor, type RouterRecord } from "@bluegreen/core";
import type { Reaches } from "../contracts/release.ts";
import type { Targets } from "../contracts/router.ts";

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
