import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesWorld } from "../support/bed/kubernetes.ts";
import { Shop } from "../support/shop.ts";
import { underTraffic, untouched } from "../support/traffic.ts";

describe("the color that was left", () => {
  let shop: Shop;
  let world: KubernetesWorld;
  beforeAll(async () => {
    const platform = { startWithin: "15s" };
    shop = await Shop.open({ args: { retire: "zero" }, services: { web: { replicas: 2 } }, platform });
    await shop.deployBoth();
    world = (await shop.world()) as KubernetesWorld;
  });
  afterAll(() => shop?.close());

  async function replicas(color: string): Promise<number[]> {
    return (await world.deployments(color)).map(({ spec }) => spec.replicas);
  }

  it("is not one that never was live: a new release stays up to be looked at", async () => {
    expect([await replicas("blue"), await replicas("green")]).toEqual([[2], [2]]);
  });

  it("is scaled to zero after the switch, without a failed request, and stays so", async () => {
    const { result, traffic } = await underTraffic(shop, () => shop.up({ activeColor: "green" }));
    result.orThrow();
    expect(traffic.failures).toEqual([]);
    expect([await replicas("blue"), await replicas("green")]).toEqual([[0], [2]]);
    expect(await shop.previewSteps()).toEqual([]);
    (await shop.up()).orThrow();
    expect([await replicas("blue"), await replicas("green")]).toEqual([[0], [2]]);
  });

  it("is not woken by more replicas, which the live color gets at once", async () => {
    await shop.edit({ services: { web: { replicas: 3 } } });
    (await shop.up()).orThrow();
    expect([await replicas("blue"), await replicas("green")]).toEqual([[0], [3]]);
  });

  it("is woken to the live color's size for a rollback, before its gates", async () => {
    const { result, traffic } = await underTraffic(shop, () => shop.up({ activeColor: "blue" }));
    expect(result.orThrow().output).toMatch(/shop-replicas updated.*[\s\S]*shop-gate-http-1 created/);
    expect(traffic.failures).toEqual([]);
    expect([await replicas("blue"), await replicas("green")]).toEqual([[3], [0]]);
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
  });

  it("that can't be woken is refused, and traffic is untouched", async () => {
    await world.strand("green", true);
    const { result, traffic } = await underTraffic(shop, () => shop.up({ activeColor: "green" }));
    expect(result.exit).not.toBe(0);
    expect(result.output).toMatch(/green was scaled up to become live, and is not there after 15s/);
    expect(traffic).toMatchObject(untouched("blue"));
    await world.strand("green", false);
    (await shop.up({ activeColor: "blue" })).orThrow();
    expect([await replicas("blue"), await replicas("green")]).toEqual([[3], [0]]);
  });

  it("is kept for the time that it is given, and retired by the first run after that", async () => {
    await shop.edit({ args: { retire: { after: "8s" } } });
    (await shop.up({ activeColor: "green" })).orThrow();
    expect(await replicas("blue")).toEqual([3]);
    await sleep(8_000);
    expect(await shop.previewSteps()).toEqual(["update shop-retire"]);
    (await shop.up()).orThrow();
    expect([await replicas("blue"), await replicas("green")]).toEqual([[0], [3]]);
    expect(await shop.previewSteps()).toEqual([]);
  });
});
