import { until } from "@bluegreen/testkit/until";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesWorld } from "../support/bed/kubernetes.ts";
import { deployOldShop } from "../support/old-shop.ts";
import { Shop } from "../support/shop.ts";
import { underTraffic } from "../support/traffic.ts";

describe("a Service that is taken over by a release that breaks", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open(
      {
        images: { blue: { web: "2.1.0-breaks" } },
        // The port that it leads to is given back, too.
        services: { web: { port: 8090, env: { PORT: "8090" } } },
        router: { adopt: true },
        verification: { checks: [{ kind: "http", path: "/" }], bake: "30s", interval: "200ms" },
      },
      { namespace: "bed" },
    );
    await deployOldShop(shop);
    await until("the old shop answers", async () => (await shop.ask()).version === "1.2.0");
  });
  afterAll(() => shop?.close());

  const selector = async () => (await ((await shop.world()) as KubernetesWorld).router()).spec.selector;

  it("is given back to the pods that it was taken from", async () => {
    const { result, traffic } = await underTraffic(shop, () => shop.up({ activeColor: "blue", blue: "2.1.0" }));
    expect(result.exit).not.toBe(0);
    expect(result.output).toContain("Traffic is back at the backends it was taken from");
    expect(await selector()).toEqual({ "app.kubernetes.io/name": "old-shop" });
    expect(await shop.ask()).toMatchObject({ status: 200, version: "1.2.0" });
    expect(await shop.recordedColor()).toBeUndefined();
    // Only the broken release's own answers failed.
    expect(new Set(traffic.failures.map(({ reason }) => reason))).toEqual(new Set(["status 500"]));
  });

  it("is not taken again by the same release", async () => {
    const up = await shop.up();
    expect(up.exit).not.toBe(0);
    expect(up.output).toContain("blue 2.1.0 was reverted after going live");
    expect(await selector()).toEqual({ "app.kubernetes.io/name": "old-shop" });
  });

  it("is taken over by the next one that holds", async () => {
    await shop.edit({ images: { blue: { web: "1.0.0" } } });
    (await shop.up({ blue: "2.1.1" })).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue", version: "1.0.0" });
    expect(await shop.recordedColor()).toBe("blue");
  });
});
