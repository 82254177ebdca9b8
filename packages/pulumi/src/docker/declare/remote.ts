import { type DockerSettings, type Fault, hasAddress } from "@bluegreen/core";
import * as pulumi from "@pulumi/pulumi";
import type { SettingsOn } from "../../app/declaration-of.ts";
import { isRemote } from "../engine-host.ts";

/** The Docker Engine as the program or its config names it; empty for the ambient one. */
export function hostOf({ host }: DockerSettings): pulumi.Input<string> {
  return (host as pulumi.Input<string> | undefined) ?? new pulumi.Config("docker").get("host") ?? "";
}

/** What only the Docker host itself could ask of an app without a router, where the deployer is elsewhere. */
export function remoteFaults(settings: SettingsOn<"docker">): Fault[] {
  const {
    platform,
    services,
    routers: [router],
  } = settings;
  if (hasAddress(router)) return [];
  const host = hostOf(platform);
  const known = typeof host === "string" ? host : "unix://";
  if (!(platform.remote ?? isRemote({ host: known }))) return [];
  return Object.entries(services).flatMap(([name, { ready }]) => {
    if (ready === undefined) return [];
    const problem = `${name} is behind no router, so its ready path is asked by its own address, and the Docker host is elsewhere`;
    const fix = "remove it, and give the image a HEALTHCHECK, which the cutover waits for, too";
    return [{ code: "unsupported", problem, at: `services.${name}.ready`, fix }];
  });
}
