import { randomBytes } from "node:crypto";
import { type Color, colors, perColor } from "@bluegreen/core";
import { moveByHand } from "@bluegreen/testkit/docker/router-by-hand";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { initialConfig } from "../src/docker/caddy/config.ts";
import { CaddyRouter, livePort } from "../src/docker/caddy/router.ts";
import { connectDocker } from "../src/docker/client.ts";
import { putFile } from "../src/docker/files.ts";
import { backendsOf, dialsOf, fingerprint } from "../src/routers/interpret.ts";
import { type RouterFixture, routerConformance } from "./router-conformance.ts";

const docker = new Docker();
/** The library's own client. */
const api = connectDocker("");
const innerPort = 8080;
const configFile = "/etc/caddy/bluegreen.json";

/** Caddy as the component declares it, before containers of each color and service, in a network of its own. */
async function caddyBeforeTwoColors(services: readonly string[], replicas = 1): Promise<RouterFixture> {
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
  const nameOf = (color: Color, service: string, replica = 1) => `${app}-${color}-${service}-${replica}`;
  const namesOf = (color: Color, service: string) =>
    Array.from({ length: replicas }, (_, index) => nameOf(color, service, index + 1));
  const dialOf = (color: Color, service: string) => `${nameOf(color, service)}:${innerPort}`;
  try {
    for (const color of colors) {
      for (const service of services) {
        for (const name of namesOf(color, service)) {
          await (await make(name, "localhost/bluegreen/shop:1.0.0", {})).start();
        }
      }
    }
    const fronts = services.map((service, index) => ({
      service,
      livePort: livePort + 10 * index,
      colorPorts: { blue: 8081 + 10 * index, green: 8082 + 10 * index },
    }));
    const ports = fronts.map((front) => `${front.livePort}/tcp`);
    const router = await make(`${app}-router`, process.env.BLUEGREEN_CADDY_IMAGE ?? "caddy:2.11.9-alpine", {
      Cmd: ["caddy", "run", "--config", configFile],
      Env: ["XDG_CONFIG_HOME=/data/config", "XDG_DATA_HOME=/data"],
      ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])),
      HostConfig: {
        NetworkMode: app,
        PortBindings: Object.fromEntries(ports.map((port) => [port, [{ HostIp: "127.0.0.1", HostPort: "" }]])),
      },
    });
    await putFile(api, router.id, configFile, JSON.stringify(initialConfig({ app, fronts })));
    await router.start();
    const { NetworkSettings } = await router.inspect();
    const live = services.map((service, index) => {
      const port = Number(NetworkSettings.Ports[ports[index] as string]?.[0]?.HostPort);
      return { service, host: "127.0.0.1", port };
    });
    const targets = perColor((color) => {
      const names = services.flatMap((service) => namesOf(color, service).map((name) => ({ name, service })));
      const reach = Object.fromEntries(services.map((service) => [service, { port: innerPort, ready: null }]));
      return dialsOf(names, services, reach);
    });
    const open = () => new CaddyRouter(api, { container: router.id, app, live });
    await vi.waitFor(() => open().observe(targets), { timeout: 20_000, interval: 200 });
    const several = services.length > 1;
    return {
      app,
      open,
      targets,
      ...(several ? { services } : {}),
      moveByHand: async (color: Color) => {
        for (const service of services) {
          await moveByHand(docker, router.id, dialOf(color, service), service);
        }
      },
      mover: null,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const recordOf = (app: string, blue: readonly string[]) => ({
  app,
  active: "blue" as const,
  release: "1",
  backends: fingerprint(blue),
  attempt: 1,
  writer: "ann",
  at: new Date().toISOString(),
  latches: [],
});

routerConformance("caddy", () => caddyBeforeTwoColors(["web"]));
routerConformance("caddy with two fronts", () => caddyBeforeTwoColors(["web", "chat"]));

describe("a Caddy before three containers of a color", () => {
  let fixture: RouterFixture;
  beforeAll(async () => {
    fixture = await caddyBeforeTwoColors(["web"], 3);
    const router = fixture.open() as CaddyRouter;
    const { blue } = fixture.targets;
    await router.write(blue, recordOf(fixture.app, blue), await router.observe(fixture.targets));
  });
  afterAll(() => fixture?.close());

  /** Requests on new connections, one after the other: how many each backend answered, and the statuses. */
  async function askTimes(times: number, path = "/") {
    const shares = new Map<string, number>();
    const router = fixture.open();
    for (let count = 0; count < times; count++) {
      const answer = await router.ask({ path, timeoutMs: 10_000 });
      expect(answer.status).toBe(200);
      shares.set(answer.backend, (shares.get(answer.backend) ?? 0) + 1);
    }
    return shares;
  }

  test("gives each its share of the requests", async () => {
    const shares = await askTimes(300);
    expect([...shares.keys()].sort()).toEqual([...fixture.targets.blue].sort());
    // A third is 100; less than 60 is chance once in 10 million times.
    expect(Math.min(...shares.values())).toBeGreaterThan(60);
  });

  test("passes over those that refuse connections, as long as one is left", async () => {
    const [first, second, third] = fixture.targets.blue as [string, string, string];
    for (const dead of [first, second]) {
      await docker.getContainer(dead.replace(`:${innerPort}`, "")).stop({ t: 0 });
      const shares = await askTimes(60);
      expect(shares.has(dead)).toBe(false);
    }
    expect([...(await askTimes(30)).keys()]).toEqual([third]);
  });
});

describe("a Caddy whose fronts become more", () => {
  let fixture: RouterFixture;
  afterAll(() => fixture?.close());

  test("finds the only service's traffic where it was, and moves it together with the new one's", async () => {
    fixture = await caddyBeforeTwoColors(["web", "chat"]);
    const { app, targets } = fixture;
    const both = fixture.open() as CaddyRouter;
    const { container } = both.address;
    // What an app with one exposed service has written.
    const one = new CaddyRouter(api, { container, app, live: [{ service: "web" }] });
    const blue = backendsOf("web", targets.blue);
    const record = recordOf(app, blue);
    await one.write(blue, record, await one.observe({ blue, green: [] }));

    const seen = await both.observe(targets);
    expect(seen.observation).toMatchObject({ color: "blue", intact: true, current: false });
    const ask = { path: "/", timeoutMs: 5_000 };
    expect(targets.blue).toContain((await both.ask(ask, "web")).backend);
    expect(await both.ask(ask, "chat")).toMatchObject({ status: 503, backend: "" });

    await both.write(targets.blue, { ...record, backends: fingerprint(targets.blue) }, seen);
    expect((await both.observe(targets)).observation).toMatchObject({ color: "blue", intact: true, current: true });
    for (const service of ["web", "chat"]) {
      expect(await both.ask(ask, service)).toMatchObject({
        status: 200,
        backend: expect.stringMatching(`^${service}=`),
      });
    }
  });
});
