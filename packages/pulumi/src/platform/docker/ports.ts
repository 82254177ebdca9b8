import { colorPorts, colors, type Fault, type Settings } from "@bluegreen/core";
import * as pulumi from "@pulumi/pulumi";
import { engineHost } from "../../docker/engine-host.ts";
import { collide } from "../../docker/ports.ts";
import type { PublishedPort } from "../../platform.ts";
import { hostOf } from "./remote.ts";

/** What the router publishes on the Docker host. */
export function publishedPorts({ platform, routers }: Settings): PublishedPort[] {
  if (platform.kind !== "docker") return [];
  const several = routers.length > 1;
  return routers.flatMap((router, index) => {
    if (router.kind !== "caddy") return [];
    const at = several ? `router[${index}]` : "router";
    const outer = colorPorts(router);
    const own = colors.map((color) => ({ host: "127.0.0.1", port: outer[color], at: `${at}.colorPorts.${color}` }));
    return [{ host: router.bind, port: router.port, at: `${at}.port` }, ...own];
  });
}

interface Claim extends PublishedPort {
  readonly name: string;
  readonly engine: string;
}

/** By the run of the program, of which one process may see several. */
const claimed = new WeakMap<pulumi.Resource, Claim[]>();

/** Ports that another app of the same program has on the same Docker host: nobody listens there before both are made. */
export function claimPorts(name: string, settings: Settings, options: pulumi.ComponentResourceOptions): Fault[] {
  // Which host a provider leads to is not known here.
  if (options.provider || options.providers || options.parent) return [];
  const { platform } = settings;
  const host = platform.kind === "docker" ? hostOf(platform) : "";
  const run = pulumi.runtime.getStackResource();
  if (typeof host !== "string" || !run) return [];
  const claims = claimed.get(run) ?? [];
  claimed.set(run, claims);
  const engine = engineHost(host);
  const wanted = publishedPorts(settings);
  const faults = wanted.flatMap((port) => {
    const other = claims.find((one) => one.engine === engine && one.name !== name && isSame(one, port));
    if (!other) return [];
    const problem = `port ${port.port} of the Docker host is the app ${other.name}'s (its ${other.at})`;
    return [{ problem, at: port.at, fix: "choose another port; `colorPorts` are the two after `port` if not given" }];
  });
  if (faults.length === 0) claims.push(...wanted.map((port) => ({ ...port, name, engine })));
  return faults;
}

function isSame(one: PublishedPort, other: PublishedPort): boolean {
  return one.port === other.port && collide(one.host, other.host);
}
