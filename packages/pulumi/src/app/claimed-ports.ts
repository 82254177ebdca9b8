import type { Fault, Settings } from "@bluegreen/core";
import * as pulumi from "@pulumi/pulumi";
import type { PublishedPort } from "../contracts/addresses.ts";
import { publishedPorts } from "../docker/declare/ports.ts";
import { hostOf } from "../docker/declare/remote.ts";
import { engineHost } from "../docker/engine-host.ts";
import { collide } from "../docker/ports.ts";
import { nodePorts } from "../kubernetes/declare/node-ports.ts";

/** Where ports are given once: one Docker host, or one cluster as the program names it. */
interface Place {
  readonly id: string;
  readonly of: string;
}

interface Claim extends PublishedPort {
  readonly name: string;
  readonly place: string;
}

/** By the run of the program, of which one process may see several. */
const claimed = new WeakMap<pulumi.Resource, Claim[]>();

/** Ports that another app of the same program has in the same place: nobody listens there before both are made. */
export function claimPorts(name: string, settings: Settings, options: pulumi.ComponentResourceOptions): Fault[] {
  // Which host or cluster a provider leads to is not known here.
  if (options.provider || options.providers || options.parent) return [];
  const place = placeOf(settings);
  const run = pulumi.runtime.getStackResource();
  if (!place || !run) return [];
  const claims = claimed.get(run) ?? [];
  claimed.set(run, claims);
  const wanted = [...publishedPorts(settings), ...nodePorts(settings)];
  const faults = wanted.flatMap((port): Fault[] => {
    const other = claims.find((one) => one.place === place.id && one.name !== name && isSame(one, port));
    if (!other) return [];
    const problem = `port ${port.port} ${place.of} is the app ${other.name}'s (its ${other.at})`;
    return [{ code: "port-taken", problem, at: port.at, fix: fixOf(settings) }];
  });
  if (faults.length === 0) claims.push(...wanted.map((port) => ({ ...port, name, place: place.id })));
  return faults;
}

/** `null` where it is known only later. */
function placeOf({ platform }: Settings): Place | null {
  if (platform.kind === "docker") {
    const host = hostOf(platform);
    return typeof host === "string" ? { id: engineHost(host), of: "of the Docker host" } : null;
  }
  const { kubeconfig = "", context = "" } = platform;
  return typeof kubeconfig === "string" ? { id: `${context} ${kubeconfig}`, of: "of the cluster's nodes" } : null;
}

function fixOf({ platform }: Settings): string {
  const more = platform.kind === "docker" ? "; `colorPorts` are the two after `port` if not given" : "";
  return `choose another port${more}`;
}

function isSame(one: PublishedPort, other: PublishedPort): boolean {
  return one.port === other.port && collide(one.host, other.host);
}
