import { type Color, colorPorts, colors, type PerColor, type Settings } from "@bluegreen/core";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { type DeclaredRouter, imported, type StandingRouter } from "../../app/declaration.ts";
import type { DeepInput } from "../../app/deep-input.ts";
import type { DockerAddress } from "../../contracts/addresses.ts";
import type { Interlock } from "../../interlock/resource.ts";
import { initialConfig, lookupsOf } from "../caddy/config.ts";
import { livePort } from "../caddy/router.ts";
import { isRemote, machineOf } from "../engine-host.ts";
import { routerVolume } from "../router-at-rest.ts";
import type { CaddyRouterSettings } from "./declaration.ts";
import { labelsOf } from "./environment.ts";
import { everything } from "./inert.ts";

/** Ports inside the router's container, ten a service; those on the host are the user's choice. */
const innerPorts = (index: number) => ({
  live: livePort + 10 * index,
  blue: livePort + 10 * index + 1,
  green: livePort + 10 * index + 2,
});
const configFile = "/etc/caddy/bluegreen.json";
const stopGraceSeconds = 10;
/** What a new router runs where the program names no image. */
export const standardImage = "caddy:2.11.9-alpine";

/**
 * The router's container, one for all services that are exposed. Its inputs say nothing of releases, whatever ports those
 * listen on: the provider could only replace it, old one first. Where live traffic and each color's own address lead is in
 * files on a volume, which survives restarts and replacements.
 */
export function declareRouter(parts: {
  readonly name: string;
  readonly settings: Settings;
  readonly interlock: Interlock;
  readonly networks: PerColor<docker.Network>;
  readonly platform: DeepInput<DockerAddress>;
  readonly standing: StandingRouter;
  readonly child: pulumi.CustomResourceOptions;
}): DeclaredRouter {
  const { name, settings, networks, platform, standing, child } = parts;
  const { app, routerRuns, remade } = parts.interlock;
  const routers = settings.routers as readonly [CaddyRouterSettings, ...CaddyRouterSettings[]];
  const image = routerRuns as pulumi.Output<string>;
  const data = new docker.Volume(
    `${name}-router-data`,
    { name: app.apply(routerVolume), labels: labelsOf(app, "volume", {}) },
    { ...child, ignoreChanges: everything.volume },
  );
  const fronts = routers.map(({ expose: service }, index) => {
    const { live, ...colorPorts } = innerPorts(index);
    return { service, livePort: live, colorPorts };
  });
  const config = pulumi
    .all([app, image])
    .apply(([app, image]) => JSON.stringify(initialConfig({ app, fronts }, lookupsOf(image))));
  const container = new docker.Container(
    `${name}-router`,
    {
      image,
      command: ["caddy", "run", "--config", configFile],
      uploads: [{ file: configFile, content: config }],
      envs: ["XDG_CONFIG_HOME=/data/config", "XDG_DATA_HOME=/data"],
      volumes: [{ volumeName: data.name, containerPath: "/data" }],
      networksAdvanced: colors.map((color) => ({ name: networks[color].name })),
      ports: routers.flatMap((router, index) => {
        const inner = innerPorts(index);
        const outer = colorPorts(router);
        return [
          { internal: inner.live, external: router.port, ip: router.bind },
          ...colors.map((color) => ({ internal: inner[color], external: outer[color], ip: "127.0.0.1" })),
        ];
      }),
      // Caddy writes a line for each request that no backend answered.
      logDriver: "json-file",
      logOpts: { "max-size": "10m", "max-file": "3" },
      labels: labelsOf(app, "router", {}),
      restart: "unless-stopped",
      // Of one that must run, and was stopped, a refresh forgets the ports; then it would be replaced.
      mustRun: false,
      destroyGraceSeconds: stopGraceSeconds,
    },
    {
      ...imported(child, standing.imports, "router"),
      // How one was made that was taken over, nobody knows.
      ignoreChanges: standing.asItStands ? everything.container : everything.router,
      replacementTrigger: remade.apply((it) => it?.router ?? 0),
      // It has its name, and its ports.
      deleteBeforeReplace: true,
    },
  );
  const declared = routers.map((router) => {
    const live = { host: hostOf(router), port: router.port };
    const outer = colorPorts(router);
    return {
      address: {
        kind: "caddy" as const,
        container: container.id,
        image,
        networks: colors.map((color) => networks[color].id),
        live,
      },
      url: pulumi.output(platform).apply((at) => `http://${machineFor(router, at)}:${live.port}`),
      colorUrl: (color: Color) => pulumi.output(`http://127.0.0.1:${outer[color]}`),
    };
  });
  return { resources: [container], fronts: declared as unknown as DeclaredRouter["fronts"] };
}

/** As who sits on the Docker host reaches it. */
function hostOf({ bind }: CaddyRouterSettings): string {
  return isEverywhere(bind) ? "127.0.0.1" : bind;
}

/** As users do, as far as the address of the engine tells. */
function machineFor(router: CaddyRouterSettings, platform: Pick<DockerAddress, "host" | "remote">): string {
  const machine = isRemote(platform) && isEverywhere(router.bind) ? machineOf(platform.host) : null;
  return machine ?? hostOf(router);
}

function isEverywhere(bind: string): boolean {
  return bind === "0.0.0.0" || bind === "::";
}
