import { colorPorts, colors, type PerColor, perColor, type Settings } from "@bluegreen/core";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { DeclaredRouter } from "../../declaration.ts";
import { livePort } from "../../router/caddy.ts";
import { initialConfig } from "../../router/caddy-config.ts";
import type { CaddyRouterSettings } from "./declaration.ts";
import { labelsOf } from "./environment.ts";

/** Ports inside the router's container; those on the host are the user's choice. */
const innerColorPorts = { blue: 8081, green: 8082 } as const;
const configFile = "/etc/caddy/bluegreen.json";
const stopGraceSeconds = 10;

/**
 * The router's container. Its inputs don't change from release to release: the provider could only replace it, old one
 * first. Which color is live is in files on a volume, which survives restarts and replacements.
 */
export function declareRouter(
  name: string,
  settings: Settings,
  app: pulumi.Output<string>,
  networks: PerColor<docker.Network>,
  child: pulumi.CustomResourceOptions,
): DeclaredRouter {
  const router = settings.router as CaddyRouterSettings;
  const image = router.image as pulumi.Input<string>;
  const data = new docker.Volume(
    `${name}-router-data`,
    { name: pulumi.interpolate`${app}-router`, labels: labelsOf(app, "volume", {}) },
    child,
  );
  const port = settings.services[router.expose]?.port ?? 0;
  const colorTargets = perColor((color) => `${router.expose}.${color}:${port}`);
  const config = app.apply((app) =>
    JSON.stringify(initialConfig({ app, livePort, colorPorts: innerColorPorts, colorTargets })),
  );
  const outer = colorPorts(router);
  const container = new docker.Container(
    `${name}-router`,
    {
      image,
      command: ["caddy", "run", "--config", configFile],
      uploads: [{ file: configFile, content: config }],
      envs: ["XDG_CONFIG_HOME=/data/config", "XDG_DATA_HOME=/data"],
      volumes: [{ volumeName: data.name, containerPath: "/data" }],
      networksAdvanced: colors.map((color) => ({ name: networks[color].name })),
      ports: [
        { internal: livePort, external: router.port, ip: router.bind },
        ...colors.map((color) => ({ internal: innerColorPorts[color], external: outer[color], ip: "127.0.0.1" })),
      ],
      labels: labelsOf(app, "router", {}),
      restart: "unless-stopped",
      destroyGraceSeconds: stopGraceSeconds,
    },
    child,
  );
  const liveHost = router.bind === "0.0.0.0" || router.bind === "::" ? "127.0.0.1" : router.bind;
  return {
    resources: [container],
    address: {
      kind: "caddy",
      container: container.id,
      image,
      networks: colors.map((color) => networks[color].id),
      live: { host: liveHost, port: router.port },
    },
    url: pulumi.output(`http://${liveHost}:${router.port}`),
    colorUrl: (color) => pulumi.output(`http://127.0.0.1:${outer[color]}`),
  };
}
