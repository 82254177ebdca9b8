import type { Fault } from "@bluegreen/core";
import * as pulumi from "@pulumi/pulumi";
import type { PublishedPort } from "../contracts/addresses.ts";

/** Ports that a program's routers are to listen on. */
export interface WantedPorts {
  readonly ports: readonly PublishedPort[];
  /** Where each is given once: one Docker host, or one cluster as the program names it; `null` where it is known only later. */
  readonly place: { readonly id: string; readonly of: string } | null;
  /** What else the reader should know who has to choose another one. */
  readonly hint?: string;
}

interface Claim extends PublishedPort {
  readonly name: string;
  readonly place: string;
}

/** By the run of the program, of which one process may see several. */
const claimed = new WeakMap<pulumi.Resource, Claim[]>();

/** Ports that another app of the same program has in the same place: nobody listens there before both are made. */
export function claimPorts(
  name: string,
  { ports, place, hint }: WantedPorts,
  options: pulumi.ComponentResourceOptions,
): Fault[] {
  // Which host or cluster a provider leads to is not known here.
  if (options.provider || options.providers || options.parent) return [];
  const run = pulumi.runtime.getStackResource();
  if (!place || !run) return [];
  const claims = claimed.get(run) ?? [];
  claimed.set(run, claims);
  const faults = ports.flatMap((port): Fault[] => {
    const other = claims.find((one) => one.place === place.id && one.name !== name && isSame(one, port));
    if (!other) return [];
    const problem = `port ${port.port} ${place.of} is the app ${other.name}'s (its ${other.at})`;
    return [{ code: "port-taken", problem, at: port.at, fix: `choose another port${hint ? `; ${hint}` : ""}` }];
  });
  if (faults.length === 0) claims.push(...ports.map((port) => ({ ...port, name, place: place.id })));
  return faults;
}

function isSame(one: PublishedPort, other: PublishedPort): boolean {
  return one.port === other.port && collide(one.host, other.host);
}

/** Addresses that stand for all of a host's. */
const everywhere: readonly string[] = ["0.0.0.0", "::", ""];

/** Whether a port can't be bound to both addresses. */
export function collide(one: string, other: string): boolean {
  return one === other || everywhere.includes(one) || everywhere.includes(other);
}
