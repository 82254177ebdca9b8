import { randomBytes } from "node:crypto";
import { type Color, colors, perColor } from "@bluegreen/core";
import Docker from "dockerode";
import { vi } from "vitest";
import { putFile } from "../src/docker/files.ts";
import { CaddyRouter, livePort } from "../src/router/caddy.ts";
import { initialConfig } from "../src/router/caddy-config.ts";
import { swapByHand } from "./caddy-by-hand.ts";
import { type RouterFixture, routerConformance } from "./router-conformance.ts";

const docker = new Docker();
const innerPort = 8080;
const configFile = "/etc/caddy/bluegreen.json";

/** Caddy as the component declares it, before a container of each color, in a network of its own. */
async function caddyBeforeTwoColors(): Promise<RouterFixture> {
  const app = `conformance-${randomBytes(3).toString("hex")}`;
  const network = await docker.createNetwork({ Name: app });
  const containers: Docker.Container[] = [];
  const make = async (name: string, image: string, more: Docker.ContainerCreateOptions) => {
    const container = await docker.createContainer({ name, Image: image, HostConfig: { NetworkMode: app }, ...more });
    containers.push(container);
    return container;
  };
  const close = async () => {
    for (const container of containers) await container.remove({ force: true, v: true });
    await network.remove();
  };
  try {
    for (const color of colors) {
      const backend = await make(`${app}-${color}`, "localhost/bluegreen/shop:1.0.0", {});
      await backend.start();
    }
    const colorTargets = perColor((color) => `${app}-${color}:${innerPort}`);
    const config = initialConfig({
      app,
      fronts: [{ service: "web", livePort, colorPorts: { blue: 8081, green: 8082 }, colorTargets }],
    });
    const router = await make(`${app}-router`, process.env.BLUEGREEN_CADDY_IMAGE ?? "caddy:2.10.2-alpine", {
      Cmd: ["caddy", "run", "--config", configFile],
      Env: ["XDG_CONFIG_HOME=/data/config", "XDG_DATA_HOME=/data"],
      ExposedPorts: { [`${livePort}/tcp`]: {} },
      HostConfig: { NetworkMode: app, PortBindings: { [`${livePort}/tcp`]: [{ HostIp: "127.0.0.1", HostPort: "" }] } },
    });
    await putFile(docker, router.id, configFile, JSON.stringify(config));
    await router.start();
    const { NetworkSettings } = await router.inspect();
    const port = Number(NetworkSettings.Ports[`${livePort}/tcp`]?.[0]?.HostPort);
    const targets = perColor((color) => [colorTargets[color]]);
    const open = () =>
      new CaddyRouter(docker, { container: router.id, app, live: [{ service: "web", host: "127.0.0.1", port }] });
    await vi.waitFor(() => open().observe(targets), { timeout: 20_000, interval: 200 });
    return {
      app,
      open,
      targets,
      moveByHand: (color: Color) => swapByHand(docker, router.id, colorTargets[color]),
      mover: null,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

routerConformance("caddy", caddyBeforeTwoColors);
