import type { Load } from "@bluegreen/testkit/load/load";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bed, type Json } from "./support/bed.ts";
import { type Edits, Shop, withBot } from "./support/shop.ts";
import { traffic } from "./support/traffic.ts";

type Color = "blue" | "green";

const onKubernetes = bed.platform === "kubernetes";
const images = (...services: string[]) => ({
  blue: Object.fromEntries(services.map((service) => [service, "1.0.0"])),
  green: Object.fromEntries(services.map((service) => [service, "1.1.0"])),
});

/** What one of the platforms alone has for a service, and for an app. */
const ofService: { readonly [setting: string]: Json } = onKubernetes
  ? {
      kubernetes: {
        alive: "/health/live",
        requests: { memory: "16MB", cpus: 0.01 },
        autoscale: { min: 1, max: 2, cpu: 900 },
        minAvailable: 1,
        spread: "topology.kubernetes.io/zone",
      },
    }
  : { volumes: { "/tmp/data": {}, "/tmp/shared": { shared: true } } };
const requests: { readonly [setting: string]: Json } = onKubernetes
  ? { kubernetes: { requests: { memory: "16MB", cpus: 0.01 } } }
  : {};
const ofApp: Edits = onKubernetes ? { pod: { volumes: [{ name: "scratch", emptyDir: {} }] } } : {};

/** All that programs consist of, in as few of them as can show it. */
const programs: readonly [string, Edits][] = [
  ["a plain program", {}],
  [
    "a rich program",
    {
      images: images("web", "api", "chat"),
      services: {
        web: { resources: { memory: "128MB", cpus: 1 }, user: "1000", ...ofService },
        api: {
          port: 8080,
          ready: "/health/ready",
          resources: { memory: "64MB", cpus: 0.25 },
          env: { LOG: "info" },
          replicas: 2,
          ...requests,
        },
        chat: { port: 8080, ready: "/health/ready" },
      },
      secretValues: { TOKEN: "hunter2" },
      // Limits of both colors together are more than a machine of two processors has.
      args: { allowOvercommit: true },
      ...ofApp,
    },
  ],
  ["a program of workers", { ...withBot, gates: [{ kind: "running", healthyFor: "100ms", interval: "50ms" }] }],
];

/** Every program lives the same life, and between two steps of it there is nothing to do. */
describe.each(programs)("in the life of %s", (name, edits) => {
  let shop: Shop;
  let loads: Load[] = [];
  /** What runs of the live color since it went live. */
  let live: { readonly color: Color; readonly starts: readonly string[] };
  beforeAll(async () => {
    shop = await Shop.open(edits, { attach: name !== "a plain program" });
    if (name === "a rich program") await shop.edit({ apps: [{ name: "shop", router: await routers() }] });
  });
  afterAll(async () => {
    for (const load of loads) await load.stop();
    await shop?.close();
  });

  const urls = () => (edits.apps ? [] : [shop.url, ...(name === "a rich program" ? [chat] : [])]);
  let chat: string;
  async function routers(): Promise<Json> {
    const front = await shop.ground.front("chat");
    chat = front.url;
    const className = process.env.BLUEGREEN_INGRESS_CLASS;
    const ingress = { kind: "ingress", expose: "api", host: `${new URL(front.url).port}.example.org`, className };
    return [shop.front.router, { ...front.router, expose: "chat" }, ...(onKubernetes && className ? [ingress] : [])];
  }

  async function wentLive(color: Color): Promise<void> {
    live = { color, starts: await (await shop.world()).starts(color) };
  }

  /** An `up` that changes nothing and restarts nothing, after which runs what has run since the live color went live. */
  async function expectNothingToDo(): Promise<void> {
    const world = await shop.world();
    const idle = live.color === "blue" ? "green" : "blue";
    const before = await world.starts(idle);
    expect((await shop.up()).orThrow().output).toMatch(/Resources:\n +\d+ unchanged\n/);
    expect(await world.starts(live.color)).toEqual(live.starts);
    expect(await world.starts(idle)).toEqual(before);
    expect(await shop.recordedColor()).toBe(live.color);
  }

  it("a first deployment is followed by nothing to do", async () => {
    await shop.deployBlue();
    await wentLive("blue");
    loads = await Promise.all(urls().map((url) => traffic(url, { rate: 50 / urls().length })));
    await expectNothingToDo();
  });

  it("so is that of an idle color", async () => {
    (await shop.up({ green: "1.1.0" })).orThrow();
    await expectNothingToDo();
  });

  it("so are a switch, and a refresh after it", async () => {
    (await shop.up({ activeColor: "green" })).orThrow();
    await wentLive("green");
    (await shop.stack.refresh()).orThrow();
    await expectNothingToDo();
  });

  it("so is a rollback, and no request was lost in all of it", async () => {
    (await shop.up({ activeColor: "blue" })).orThrow();
    await wentLive("blue");
    await expectNothingToDo();
    const reports = await Promise.all(loads.map((load) => load.stop()));
    expect(reports.map(({ failuresByReason }) => failuresByReason)).toEqual(urls().map(() => ({})));
    for (const { byColor } of reports) expect(byColor.green).toBeGreaterThan(0);
  });
});
