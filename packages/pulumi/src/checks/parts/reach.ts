import type { Ready } from "@bluegreen/core";
import type { EntranceRequest, KnownCheck } from "../../contracts/check.ts";
import type { Reach, Reaches } from "../../contracts/release.ts";

/** What of a release's plain structure says how it is reached. */
interface Shape {
  readonly services: Readonly<Record<string, { readonly port: number | null; readonly ready: Ready | null }>>;
}

export function reachesOf(shape: Shape | null): Reaches {
  const services = Object.entries(shape?.services ?? {});
  return Object.fromEntries(
    services.flatMap(([name, { port, ready }]) => (port === null ? [] : [[name, { port, ready }]])),
  );
}

/** The port that is asked for, or the service's own. @throws when neither is known */
export function portOf(service: string, reaches: Reaches, named?: number): number {
  const port = named ?? reaches[service]?.port;
  if (port === undefined) throw new Error(`no port is known on which ${service} listens; name it in the check`);
  return port;
}

/** How a service is asked on one of its ports: for the `Host` that its release is known by, over what that port speaks. */
export type Manner = Pick<EntranceRequest, "headers" | "scheme">;

export function mannerOf(reach: Reach | undefined, port: number | undefined): Manner {
  const host = reach?.ready?.host;
  return {
    ...(host === undefined ? {} : { headers: { host } }),
    ...(schemeOf(reach, port) === "https" ? { scheme: "https" } : {}),
  };
}

/** What a service's port speaks: as its release says of the one on which it is ready. */
export function schemeOf(reach: Pick<Reach, "ready"> | undefined, port: number | undefined): "http" | "https" {
  return reach?.ready?.port === port ? (reach?.ready?.scheme ?? "http") : "http";
}

/** A request in that manner. Its own headers have the last word. */
export function inManner({ headers, scheme }: Manner, asked: EntranceRequest): EntranceRequest {
  return { ...(scheme ? { scheme } : {}), ...asked, headers: { ...headers, ...asked.headers } };
}

/** An http check that names no path asks what this release calls ready; `first` is the service that is meant without a name. */
export function askedOf(check: KnownCheck, reaches: Reaches, first: string): KnownCheck {
  if (check.kind !== "http" || check.path !== undefined) return check;
  const reach = reaches[check.service ?? first];
  if (!reach?.ready) return check;
  const { path, port } = reach.ready;
  return { ...check, path, ...(check.port === undefined && port !== reach.port ? { port } : {}) };
}
