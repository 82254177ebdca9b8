import { colorPorts, colors, type Settings } from "@bluegreen/core";
import type { WantedPorts } from "../../app/claimed-ports.ts";
import type { SettingsOn } from "../../app/declaration-of.ts";
import type { PublishedPort } from "../../contracts/addresses.ts";
import { engineHost } from "../engine-host.ts";
import { hostOf } from "./remote.ts";

/** For the apps of one program, which share the Docker host. */
export function wantedPorts(settings: SettingsOn<"docker">): WantedPorts {
  const host = hostOf(settings.platform);
  return {
    ports: publishedPorts(settings),
    place: typeof host === "string" ? { id: engineHost(host), of: "of the Docker host" } : null,
    hint: "`colorPorts` are the two after `port` if not given",
  };
}

/** What the router publishes on the Docker host. */
export function publishedPorts({ routers }: Pick<Settings, "routers">): PublishedPort[] {
  const several = routers.length > 1;
  return routers.flatMap((router, index) => {
    if (router.kind !== "caddy") return [];
    const at = several ? `router[${index}]` : "router";
    const outer = colorPorts(router);
    const own = colors.map((color) => ({ host: "127.0.0.1", port: outer[color], at: `${at}.colorPorts.${color}` }));
    return [{ host: router.bind, port: router.port, at: `${at}.port` }, ...own];
  });
}
