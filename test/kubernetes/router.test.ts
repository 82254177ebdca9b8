import type { Load } from "@bluegreen/testkit/load/load";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesWorld } from "../support/bed/kubernetes.ts";
import { Shop } from "../support/shop.ts";
import { traffic } from "../support/traffic.ts";

describe("the stable Service", () => {
  let shop: Shop;
  let world: KubernetesWorld;
  let load: Load;
  let ports: { port: number; nodePort: number }[];
  beforeAll(async () => {
    shop = await Shop.open();
    ports = shop.front.router.ports as typeof ports;
    await shop.deployBoth();
    (await shop.up({ activeColor: "green" })).orThrow();
    world = (await shop.world()) as KubernetesWorld;
    load = await traffic(shop.url);
  });
  afterAll(async () => {
    await load?.stop();
    await shop?.close();
  });

  /** The color that the selector names, and the record beside it. */
  async function selected(): Promise<{ selector: Record<string, string>; record: string }> {
    const { spec, metadata } = await world.router();
    return { selector: spec.selector, record: metadata.annotations?.["bluegreen/record"] ?? "" };
  }

  it("gets another annotation without a move of the traffic", async () => {
    const before = await selected();
    await shop.edit({ router: { annotations: { "example.org/team": "shop" } } });
    expect(await shop.previewSteps()).toContain("update shop-router");
    (await shop.up()).orThrow();
    expect((await world.router()).metadata.annotations).toMatchObject({ "example.org/team": "shop" });
    expect(await selected()).toEqual(before);
  });

  it("gets another port and one more without a move of the traffic", async () => {
    const before = await selected();
    const [http] = ports;
    const more = { name: "more", port: 9090, targetPort: 8080 };
    await shop.edit({ router: { annotations: {}, ports: [{ ...http, name: "http", port: 81 }, more] } });
    (await shop.up()).orThrow();
    const { spec, metadata } = await world.router();
    expect(spec.ports.map(({ port }: { port: number }) => port)).toEqual([81, 9090]);
    expect(metadata.annotations).not.toHaveProperty("example.org/team");
    expect(await selected()).toEqual(before);
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
  });

  it("is left alone by `refresh` and `up --refresh`", async () => {
    const before = await world.view();
    (await shop.stack.refresh()).orThrow();
    (await shop.up({}, { refresh: true })).orThrow();
    expect(await world.view()).toEqual(before);
    expect(await shop.recordedColor()).toBe("green");
  });

  it("is left alone when the colors are scaled by hand", async () => {
    const before = await world.view();
    for (const color of ["blue", "green"]) {
      const [web] = await world.deployments(color);
      await world.api.patch("Deployment", web!.metadata.name, { spec: { replicas: 2 } });
    }
    (await shop.up()).orThrow();
    expect(await world.view()).toEqual(before);
    await expect.poll(async () => (await world.backends("green")).length, { timeout: 30_000 }).toBe(2);
  });

  it("switches after all of that", async () => {
    (await shop.up({ activeColor: "blue" })).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
    // Which was live, and so nothing took from it what somebody had given it by hand.
    expect(await world.backends("green")).toHaveLength(2);
    (await shop.up({ activeColor: "green" })).orThrow();
    expect(await shop.recordedColor()).toBe("green");
  });

  it("has cost no request all the while", async () => {
    const report = await load.stop();
    expect(report.failures).toEqual([]);
    expect(report.sent).toBeGreaterThan(300);
  });

  it("is not given a node port that another Service holds: preview says which", async () => {
    const spec = { type: "NodePort", ports: [{ port: 80 }] };
    const neighbour = await world.api.create("Service", { metadata: { name: "neighbour" }, spec });
    const [{ nodePort }] = neighbour.spec.ports;
    await shop.edit({ router: { ports: [{ port: 80, nodePort }] } });
    const preview = await shop.preview();
    expect(preview.exit, preview.output).not.toBe(0);
    const holder = `Service neighbour of namespace ${world.api.namespace}`;
    expect(preview.output).toContain(`✖ port ${nodePort} of the cluster's nodes is held by ${holder}`);
    expect(preview.output).toContain("at router.ports[0].nodePort → choose another port");
    await world.api.remove("Service", "neighbour");
    const { router } = shop.front;
    const apps = [
      { name: "shop", router },
      { name: "cafe", router: { ...router, name: "cafe" } },
    ];
    await shop.edit({ router: { ports }, apps });
    const both = await shop.preview();
    const [front] = ports;
    expect(both.output).toContain(`port ${front?.nodePort} of the cluster's nodes is the app shop's`);
    await shop.edit({ apps: [{ name: "shop", router }] });
  });

  it("changed so that users do not reach it ends the `up` with an error that says what was changed", async () => {
    await shop.edit({ router: { type: "ClusterIP", ports: [{ name: "http", port: 80 }] } });
    const up = await shop.up();
    expect(up.exit, up.output).not.toBe(0);
    expect(up.output).toContain("green 1.1.0 is live, and ");
    expect(up.output).toMatch(/this run changed it: .*Service \S+ was changed \(.*spec\.type/);
    await shop.edit({ router: { ports } });
    (await shop.up()).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
  });

  it("removed by hand, is made again by `up --refresh`, and the color that was live answers again", async () => {
    await world.api.remove("Service", world.service);
    await expect.poll(async () => (await shop.ask()).status, { timeout: 10_000 }).toBe(0);
    (await shop.up({}, { refresh: true })).orThrow();
    await expect.poll(() => shop.ask(), { timeout: 10_000 }).toMatchObject({ status: 200, color: "green" });
    expect(await shop.recordedColor()).toBe("green");
  });

  it("in a cluster that can't be asked, makes preview say so and `up` refuse before it touches anything", async () => {
    const before = await world.view();
    const blue = await shop.backendIds("blue");
    const away = { env: { KUBECONFIG: "/nowhere" } };
    await shop.set({ activeColor: "blue", blue: "1.0.0" });
    const preview = await shop.stack.preview(away);
    expect(preview.output).toContain("both colors count as live");
    const up = await shop.up({}, away);
    expect(up.exit, up.output).not.toBe(0);
    expect(up.output).toContain("which color is live can't be known, so nothing was changed");
    expect(await world.view()).toEqual(before);
    expect(await shop.backendIds("blue")).toEqual(blue);
    expect(await shop.recordedColor()).toBe("green");
    (await shop.up()).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
  });
});
