import type { KubernetesObject } from "@bluegreen/testkit/cluster/api";
import type { Load } from "@bluegreen/testkit/load/load";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type KubernetesGround, KubernetesWorld } from "../support/bed/kubernetes.ts";
import { Controller } from "../support/controller.ts";
import { quickGate, Shop } from "../support/shop.ts";

const broken = "2.1.0-breaks";
// A cluster that was named may have no controller that this machine reaches; the bed's own always has one here.
const unknown = !process.env.BLUEGREEN_INGRESS_URL && !process.env.BLUEGREEN_CONTAINERD;

describe.skipIf(unknown).each(["service", "ingress"] as const)("an Ingress with `switches: %s`", (switches) => {
  const host = `shop-${Math.random().toString(36).slice(2, 8)}.example.org`;
  let controller: Controller;
  let shop: Shop;
  let world: KubernetesWorld;
  let load: Load;
  let app: string;
  let neighbour: NodeJS.Timeout;
  beforeAll(async () => {
    controller = new Controller();
    shop = await Shop.open({ drain: { within: "30s" } });
    await verifyAt(controller.url);
  });
  afterAll(async () => {
    clearInterval(neighbour);
    await load?.stop();
    await shop?.close();
  });

  /**
   * In a cluster where nothing else happens Traefik follows at once. Here another Ingress changes all the time, so that it
   * has just taken on something else, whenever it is: then the next change waits for `providersThrottleDuration`, 2 s.
   */
  async function startNeighbour(): Promise<void> {
    const service = { name: await candidate("blue"), port: { number: 8080 } };
    const http = { paths: [{ path: "/", pathType: "Prefix", backend: { service } }] };
    const spec = () => ({ rules: [{ host: `${Math.random().toString(36).slice(2)}.example.org`, http }] });
    const ingressClassName = controller.className;
    await world.api.create("Ingress", { metadata: { name: "neighbour" }, spec: { ingressClassName, ...spec() } });
    neighbour = setInterval(() => {
      world.api.patch("Ingress", "neighbour", { spec: spec() }).catch(() => {});
    }, 200);
  }

  /** Where the cutover asks who is live; without a URL it is told by the API server. */
  function verifyAt(url: string | undefined): Promise<void> {
    const router = { kind: "ingress", host, className: controller.className, switches, url };
    return shop.edit({ apps: [{ name: "shop", router }] });
  }

  const ask = () => controller.ask(host);
  const ingress = async () => (await world.api.get("Ingress", app)) as KubernetesObject;
  /** The object that the cutover writes. */
  const routed = async () => (switches === "service" ? world.router() : ingress());

  /** The color's own Service. */
  async function candidate(color: string): Promise<string> {
    const labels = { "bluegreen/app": app, "bluegreen/role": "candidate", "bluegreen/color": color };
    const [service] = await world.api.list("Service", { ...labels, "bluegreen/service": "web" });
    return String(service?.metadata.name);
  }

  /** Services that the Ingress's rules lead to. */
  async function ruled(): Promise<string[]> {
    const rules: { http: { paths: { backend: { service: { name: string } } }[] } }[] = (await ingress()).spec.rules;
    return rules.flatMap(({ http }) => http.paths.map(({ backend }) => backend.service.name));
  }

  async function expectLive(color: "blue" | "green"): Promise<void> {
    if (switches === "ingress") expect(await ruled()).toEqual([await candidate(color)]);
    else expect((await world.router()).spec.selector).toMatchObject({ "bluegreen/color": color });
    expect(await ask()).toMatchObject({ status: 200, color });
    expect(await shop.recordedColor()).toBe(color);
  }

  /** As somebody with kubectl would. */
  async function moveByHand(color: string): Promise<void> {
    if (switches === "service") await world.moveByHand(color);
    else {
      const { rules } = (await ingress()).spec;
      rules[0].http.paths[0].backend.service.name = await candidate(color);
      await world.api.patch("Ingress", app, { spec: { rules } });
    }
    await expect.poll(ask, { timeout: 10_000 }).toMatchObject({ status: 200, color });
  }

  /** Runs `up` to `color` under traffic: none of it fails, none of it gets to the other color once `up` is over. */
  async function switchTo(color: "blue" | "green"): Promise<void> {
    const from = load.mark(`to ${color}`);
    (await shop.up({ activeColor: color })).orThrow();
    const over = load.mark(`${color} is live`);
    await expectLive(color);
    await expect.poll(async () => (await load.since(over)).sent, { timeout: 10_000 }).toBeGreaterThan(100);
    const old = color === "blue" ? "green" : "blue";
    expect((await load.since(over)).byColor).toMatchObject({ [old]: 0, none: 0 });
    const all = await load.since(from);
    expect(all.failuresByReason).toEqual({});
    const record = JSON.parse((await routed()).metadata.annotations?.["bluegreen/record"] ?? "");
    const followed = (all.lastAnswer[old] ?? 0) - Date.parse(record.at);
    console.log(`switches: ${switches}: the controller followed to ${color} within ${followed.toFixed(0)} ms`);
    // Above its throttle of 2 s there is only what the machine adds.
    expect(followed).toBeLessThan(5_000);
  }

  it("leads nowhere at first, and to the first color when that has passed its gates", async () => {
    await shop.edit({ gates: [{ run: "exit 1" }] });
    expect((await shop.up({ activeColor: "blue", blue: "1.0.0", green: "1.1.0" })).exit).not.toBe(0);
    app = await shop.identity();
    world = new KubernetesWorld((shop.ground as KubernetesGround).api, app, app);
    const slices = await world.api.list("EndpointSlice", { "kubernetes.io/service-name": app });
    expect(slices.flatMap(({ endpoints }) => endpoints ?? [])).toEqual([]);
    expect((await ask()).color).toBe("");

    await shop.edit({ gates: [quickGate] });
    (await shop.up()).orThrow();
    await expectLive("blue");
  });

  it("is switched under traffic without a lost request, and kept connections follow", async () => {
    await startNeighbour();
    load = await controller.load(host);
    const { resourceVersion, generation } = (await ingress()).metadata;
    await switchTo("green");
    const { cutover } = (await shop.stack.outputs()) as { cutover: Record<string, unknown> };
    expect(cutover.drain).toMatchObject({ color: "blue", backends: 1, moved: 1, remaining: [] });
    const after = (await ingress()).metadata;
    if (switches === "service") expect(after).toMatchObject({ resourceVersion, generation });
    else expect(after.generation).toBe((generation ?? 0) + 1);
  });

  it("is rolled back without a lost request when only the API server can be asked, too", async () => {
    await verifyAt(undefined);
    await switchTo("blue");
    await verifyAt(controller.url);
  });

  it("moved by someone else, is refused in preview, which names who did it, and is adopted", async () => {
    await moveByHand("green");
    const preview = await shop.preview({ activeColor: "blue" });
    expect(preview.exit).not.toBe(0);
    expect(preview.output).toContain("traffic was moved by someone else: the router sends it to green, you want blue");
    expect(preview.output).toMatch(world.hand);
    (await shop.up({ activeColor: "green" })).orThrow();
    await expectLive("green");
  });

  it("moved by someone else, is taken back by `force`", async () => {
    await moveByHand("blue");
    expect((await shop.up({ activeColor: "green" })).output).toContain('force: "blue"');
    await shop.set({ force: "blue" });
    await switchTo("green");
    await shop.set({ force: undefined });
  });

  it("is left alone by a release that its gates refuse", async () => {
    const before = (await routed()).metadata.resourceVersion;
    const from = load.mark("refused");
    await shop.edit({ gates: [{ run: "exit 1" }] });
    const up = await shop.up({ activeColor: "blue" });
    expect(up.exit, up.output).not.toBe(0);
    expect(up.output).toContain("gate command-1 of blue 1.0.0 failed");
    expect((await routed()).metadata.resourceVersion).toBe(before);
    expect(await load.since(from)).toMatchObject({ failuresByReason: {}, byColor: { blue: 0, none: 0 } });
    expect(await shop.recordedColor()).toBe("green");
    await shop.edit({ gates: [quickGate] });
    expect((await load.stop()).failuresByReason).toEqual({});
  });

  it("gets back to the old color when the new one breaks after the switch", async () => {
    load = await controller.load(host);
    await shop.edit({
      images: { blue: { web: broken }, green: { web: "1.1.0" } },
      verification: { checks: [{ kind: "http", path: "/" }], bake: "30s", interval: "50ms" },
    });
    const up = await shop.up({ activeColor: "blue", blue: "2.1.0" });
    expect(up.exit, up.output).not.toBe(0);
    expect(up.output).toMatch(/blue 2\.1\.0 failed after the switch: blue answered \/ with 500, not 200/);
    expect(up.output).toContain("Traffic is back at green");
    await expectLive("green");
    const report = await load.stop();
    // Those of the release itself, which were answered by it; none was lost on its way, the drain's included.
    expect(report.failures.filter(({ version, status }) => version !== broken || status !== 500)).toEqual([]);
  });

  it("leaves nothing behind", async () => {
    clearInterval(neighbour);
    (await shop.stack.destroy()).orThrow();
    expect(await world.inventory()).toEqual([]);
    expect((await ask()).color).toBe("");
  });
});
