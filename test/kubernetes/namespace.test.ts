import type { Load } from "@bluegreen/testkit/load/load";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesWorld } from "../support/bed/kubernetes.ts";
import { Shop } from "../support/shop.ts";
import { traffic } from "../support/traffic.ts";

describe("two stacks in one namespace", () => {
  let one: Shop;
  let other: Shop;
  let loads: Load[] = [];
  beforeAll(async () => {
    one = await Shop.open({}, { namespace: "bed" });
    other = await Shop.open({}, { beside: one.ground });
    await one.deployBoth();
  });
  afterAll(async () => {
    for (const load of loads) await load.stop();
    await other?.close();
    await one?.close();
  });

  const viewOf = async (shop: Shop) => ((await shop.world()) as KubernetesWorld).view();

  it("do not get the same Service: the second is refused in preview and in up, which names the owner", async () => {
    const before = await viewOf(one);
    const preview = await other.preview({ activeColor: "blue", blue: "1.0.0", green: "1.1.0" });
    expect(preview.exit).not.toBe(0);
    expect(preview.output).toContain(`Service shop belongs to the app ${await one.identity()}`);
    await other.edit({ router: { adopt: true } });
    const up = await other.up();
    expect(up.exit, "also when it would adopt it").not.toBe(0);
    expect(up.output).toContain("belongs to the app");
    expect(await viewOf(one)).toEqual(before);
  });

  it("switch each by itself", async () => {
    await other.edit({ router: { name: "other" } });
    (await other.up()).orThrow();
    const world = other.ground.world(await other.identity(), {
      ...other.front,
      router: { kind: "service", name: "other" },
    });
    loads = [await traffic(one.url), await traffic(other.url)];

    const before = await viewOf(one);
    const untouched = await one.backendIds("green");
    (await other.up({ activeColor: "green" })).orThrow();
    expect(await other.ask()).toMatchObject({ status: 200, color: "green" });
    expect(await one.ask()).toMatchObject({ status: 200, color: "blue" });
    expect(await viewOf(one)).toEqual(before);
    expect(await one.backendIds("green")).toEqual(untouched);

    const others = await world.view();
    (await one.up({ activeColor: "green" })).orThrow();
    (await one.up({ activeColor: "blue" })).orThrow();
    expect(await world.view()).toEqual(others);
  });

  it("can't be moved to another namespace while they carry traffic", async () => {
    await other.edit({ platform: { namespace: "elsewhere" } });
    const preview = await other.preview();
    expect(preview.exit).not.toBe(0);
    expect(preview.output).toMatch(
      /the app is live on Kubernetes, namespace \S+; on Kubernetes, namespace elsewhere its/,
    );
    expect(preview.output).toContain("at platform.namespace → declare another app there");
    await other.edit({ platform: {} });
  });

  it("go on when one of them is renamed, and when the other one is destroyed", async () => {
    await other.stack.rename("renamed");
    expect((await other.up()).orThrow().output).toMatch(/\d+ unchanged/);
    (await other.up({ activeColor: "blue" })).orThrow();
    expect(await other.ask()).toMatchObject({ status: 200, color: "blue" });
    const report = await loads[1]!.stop();
    expect(report.failuresByReason).toEqual({});

    const before = await viewOf(one);
    (await other.stack.destroy()).orThrow();
    expect(await viewOf(one)).toEqual(before);
    (await one.up({ activeColor: "green" })).orThrow();
    expect(await one.ask()).toMatchObject({ status: 200, color: "green" });
    expect((await loads[0]!.stop()).failuresByReason).toEqual({});
  });
});
