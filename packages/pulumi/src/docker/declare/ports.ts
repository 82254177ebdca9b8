import { colorPorts, colors, type Settings } from "@bluegreen/core";
import type { PublishedPort } from "../../contracts/addresses.ts";

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
