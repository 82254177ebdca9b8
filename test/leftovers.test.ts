import type { Load } from "@bluegreen/testkit/load/load";
import { until } from "@bluegreen/testkit/until";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { World } from "./support/bed.ts";
import { killWhileCreating, leases } from "./support/killing.ts";
import { ask, Shop, textOf, withBot } from "./support/shop.ts";
import { traffic } from "./support/traffic.ts";

describe("a run killed while it creates what a color runs on", () => {
  let shop: Shop;
  let load: Load;
  beforeAll(async () => {
    shop = await Shop.open();
    await shop.deployBlue();
    load = await traffic(shop.url);
  });
  afterAll(async () => {
    await load?.stop();
    await shop?.close();
  });

  /** Whether a color runs on anything that state does not know: what was left is gone, or it was taken over. */
  async function hasUnrecorded(color: string): Promise<boolean> {
    const recorded = JSON.stringify(await shop.stack.export());
    return (await (await shop.world()).workloads(color)).some((id) => !recorded.includes(id));
  }

  /** Processes that answer at an address, asked time and again, since a color's name is answered in turn. */
  async function instancesOf(url: string): Promise<number> {
    const bodies = await Promise.all(Array.from({ length: 20 }, () => textOf(`${url}/`)));
    return new Set(bodies.map((body) => JSON.parse(body).instance)).size;
  }

  it("and then given up before it ever was recorded, leaves nothing that the next `up` does not remove", async () => {
    await shop.set({ green: "1.1.0" });
    await killWhileCreating(shop, "green");
    (await shop.stack.cancel()).orThrow();

    (await shop.up({ green: undefined })).orThrow();
    expect(await (await shop.world()).workloads("green")).toEqual([]);
    expect(await shop.backends("green")).toEqual([]);
    expect((await shop.up()).orThrow().output).toMatch(/\d+ unchanged/);
  });

  it("does not keep the next `up` from creating it, and what was left is removed or recorded", async () => {
    await shop.set({ green: "1.1.0" });
    await killWhileCreating(shop, "green");
    expect(await hasUnrecorded("green")).toBe(true);
    (await shop.stack.cancel()).orThrow();

    (await shop.up()).orThrow();
    expect(await hasUnrecorded("green")).toBe(false);
    expect(await shop.backends("green")).toHaveLength(1);
    const url = await (await shop.world()).colorUrl("green");
    expect(await ask(url)).toMatchObject({ status: 200, color: "green", version: "1.1.0" });
    expect(await instancesOf(url)).toBe(1);
  });

  it("for a next version that is wished live at once, switches to what is recorded only", async () => {
    await shop.edit({ images: { blue: { web: "1.0.0" }, green: { web: "1.2.0" } } });
    await shop.set({ green: "1.2.0", activeColor: "green" });
    await killWhileCreating(shop, "green");
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
    (await shop.stack.cancel()).orThrow();

    (await shop.up()).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green", version: "1.2.0" });
    expect(await shop.recordedColor()).toBe("green");
    expect(await hasUnrecorded("green")).toBe(false);
    expect(await instancesOf(shop.url)).toBe(1);
    expect(await leases(shop)).toEqual([]);
  });

  it("and then given up, leaves the version that is recorded and nothing else", async () => {
    await shop.edit({ images: { blue: { web: "1.1.0" }, green: { web: "1.2.0" } } });
    await shop.set({ blue: "1.1.0" });
    await killWhileCreating(shop, "blue");
    (await shop.stack.cancel()).orThrow();
    await shop.edit({ images: { blue: { web: "1.0.0" }, green: { web: "1.2.0" } } });
    (await shop.up({ blue: "1.0.0" })).orThrow();
    expect(await hasUnrecorded("blue")).toBe(false);
    expect(await shop.backends("blue")).toHaveLength(1);
  });

  it("has cost no request all the while", async () => {
    const report = await load.stop();
    expect(report.failuresByReason).toEqual({});
    expect(report.sent).toBeGreaterThan(300);
  });

  it("does not keep `destroy` from removing all of it, the leftover too", async () => {
    const world = await shop.world();
    await shop.edit({ images: { blue: { web: "1.1.0" }, green: { web: "1.2.0" } } });
    await shop.set({ blue: "1.1.0" });
    await killWhileCreating(shop, "blue");
    (await shop.stack.cancel()).orThrow();
    (await shop.stack.destroy()).orThrow();
    await expectNothingLeft(world);
  });
});

describe("a run killed while it creates what a color without a live address runs on", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open({
      ...withBot,
      gates: [{ kind: "running", healthyFor: "100ms", interval: "50ms" }],
    });
    await shop.deployBlue();
  });
  afterAll(() => shop?.close());

  it("does not keep the next `up` from handing over to it, and what was left is gone then", async () => {
    await shop.set({ green: "1.1.0", activeColor: "green" });
    const left = await killWhileCreating(shop, "green");
    (await shop.stack.cancel()).orThrow();

    (await shop.up()).orThrow();
    expect(await shop.recordedColor()).toBe("green");
    const world = await shop.world();
    expect(await world.running("green")).toHaveLength(2);
    expect(await world.workloads("green")).toHaveLength(2);
    expect(await world.workloads("green")).not.toContain(left);
  });
});

describe("`destroy`", () => {
  it("leaves nothing behind after a first deployment that failed", async () => {
    const shop = await Shop.open({ images: { blue: { web: "2.0.0-unhealthy" } } }, { startWithin: "5s" });
    try {
      const up = await shop.up({ activeColor: "blue", blue: "1.0.0" });
      expect(up.exit, up.output).not.toBe(0);
      const world = await shop.world();
      expect(await world.inventory()).not.toEqual([]);
      (await shop.stack.destroy()).orThrow();
      await expectNothingLeft(world);
    } finally {
      await shop.close();
    }
  });
});

/** What Kubernetes removes in the background takes it a moment. */
async function expectNothingLeft(world: World): Promise<void> {
  await until("nothing is left", async () => (await world.inventory()).length === 0, 10_000).catch(() => undefined);
  expect(await world.inventory()).toEqual([]);
}
