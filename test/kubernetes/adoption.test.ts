import type { Load } from "@bluegreen/testkit/load/load";
import { until } from "@bluegreen/testkit/until";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesGround, KubernetesWorld } from "../support/bed/kubernetes.ts";
import { deployOldShop } from "../support/old-shop.ts";
import { Shop } from "../support/shop.ts";
import { traffic } from "../support/traffic.ts";

describe("a Service that someone else made", () => {
  let shop: Shop;
  let load: Load;
  beforeAll(async () => {
    // Its release does not listen where the old pods do.
    const web = { port: 8090, env: { PORT: "8090" } };
    shop = await Shop.open({ services: { web } }, { namespace: "bed" });
    await deployOldShop(shop);
    await until("the old shop answers", async () => (await shop.ask()).version === "1.2.0");
    load = await traffic(shop.url);
  });
  afterAll(async () => {
    await load?.stop();
    await shop?.close();
  });

  /** Ends each test, so that a lost request is told by the step that lost it. */
  async function expectNoneLost(): Promise<void> {
    expect((await load.window()).failuresByReason).toEqual({});
    load.mark("the next step");
  }

  const api = () => (shop.ground as KubernetesGround).api;

  it("is refused in preview and in up, and stays as it is", async () => {
    const before = await api().get("Service", "shop");
    const preview = await shop.preview({ activeColor: "blue", blue: "1.0.0" });
    expect(preview.exit).not.toBe(0);
    expect(preview.output).toContain("Service shop is there already, and this app did not make it");
    expect(preview.output).toContain("`adopt: true`");
    expect((await shop.up()).exit).not.toBe(0);
    expect(await api().get("Service", "shop")).toEqual(before);
  });

  it("is refused in preview without the port that is meant, with those that it has", async () => {
    await shop.edit({ router: { adopt: true, ports: [{ port: 8090 }] } });
    const preview = await shop.preview();
    expect(preview.exit).not.toBe(0);
    expect(preview.output).toContain("Service shop is to be adopted, and has no TCP port 8090; it has 80 (TCP)");
    await expectNoneLost();
  });

  it("is taken over with `adopt`: its traffic goes to the first color once that has passed its gates", async () => {
    // It has one port, so none needs to be named.
    const { ports: _ports, type: _type, ...router } = shop.front.router;
    await shop.edit({ apps: [{ name: "shop", router }], router: { adopt: true } });
    expect((await shop.preview()).exit).toBe(0);
    (await shop.up()).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue", version: "1.0.0" });
    expect(await shop.recordedColor()).toBe("blue");
    const { selector } = (await ((await shop.world()) as KubernetesWorld).router()).spec;
    expect(selector).toMatchObject({ "bluegreen/color": "blue" });
    expect(selector).not.toHaveProperty(["app.kubernetes.io/name"]);
    await expectNoneLost();
  });

  it("stays as its makers declared it, and can't be taken from them by removing `adopt`", async () => {
    const { metadata, spec } = (await api().get("Service", "shop"))!;
    expect(metadata.labels ?? {}).not.toHaveProperty(["bluegreen/app"]);
    await shop.edit({ router: { annotations: { "example.org/team": "shop" }, adopt: true } });
    (await shop.up()).orThrow();
    expect((await api().get("Service", "shop"))?.spec).toEqual(spec);
    await shop.edit({ router: {} });
    const preview = await shop.preview();
    expect(preview.exit).not.toBe(0);
    expect(preview.output).toContain("`adopt: true`");
    await shop.edit({ router: { adopt: true } });
    await expectNoneLost();
  });

  it("switches like any other from then on", async () => {
    (await shop.up({ green: "1.1.0", activeColor: "green" })).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
    await expectNoneLost();
    (await shop.up({ activeColor: "blue" })).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
  });

  it("has lost no request all the while", async () => {
    const report = await load.stop();
    expect(report.failuresByReason).toEqual({});
    expect(report.byVersion["1.2.0"]).toBeGreaterThan(100);
    expect(report.byColor.blue).toBeGreaterThan(0);
  });

  it("is given back by `destroy`, as it was, to the pods that it was taken from", async () => {
    (await shop.stack.destroy()).orThrow();
    const { metadata, spec } = (await api().get("Service", "shop"))!;
    expect(Object.keys(metadata.annotations ?? {}).filter((key) => key.startsWith("bluegreen/"))).toEqual([]);
    expect(spec.selector).toEqual({ "app.kubernetes.io/name": "old-shop" });
    expect(spec.ports).toMatchObject([{ port: 80, targetPort: 8080 }]);
    await until("the old shop answers again", async () => (await shop.ask()).version === "1.2.0");
  });
});
