import { docker, inventory } from "@bluegreen/testbed/docker/engine";
import { type Load, startLoad } from "@bluegreen/testbed/load/load";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killWhileCreating, leases } from "./support/killing.ts";
import { ask, Shop } from "./support/shop.ts";

const nothing = { containers: [], networks: [], volumes: [] };

describe("a run killed while it creates a color's container", () => {
  let shop: Shop;
  let load: Load;
  beforeAll(async () => {
    shop = await Shop.open();
    await shop.deployBlue();
    load = await startLoad({ url: shop.url, rate: 100 });
  });
  afterAll(async () => {
    await load?.stop();
    await shop?.close();
  });

  async function exists(id: string): Promise<boolean> {
    return docker
      .getContainer(id)
      .inspect()
      .then(() => true)
      .catch(() => false);
  }

  /** Every way to the color: by its own port, time and again, since a network alias is answered in turn. */
  async function instancesOf(url: string): Promise<number> {
    const bodies = await Promise.all(Array.from({ length: 20 }, async () => (await fetch(url)).json()));
    return new Set((bodies as { instance: string }[]).map(({ instance }) => instance)).size;
  }

  it("and then given up before it ever was recorded, leaves nothing that the next `up` does not remove", async () => {
    await shop.set({ green: "1.1.0" });
    const leftover = await killWhileCreating(shop, "green");
    (await shop.stack.cancel()).orThrow();

    (await shop.up({ green: undefined })).orThrow();
    expect(await exists(leftover)).toBe(false);
    expect(await shop.containers("green")).toEqual([]);
    expect((await shop.up()).orThrow().output).toMatch(/\d+ unchanged/);
  });

  it("does not keep the next `up` from creating it, and what was left is removed and never answers", async () => {
    await shop.set({ green: "1.1.0" });
    const leftover = await killWhileCreating(shop, "green");
    expect(await exists(leftover)).toBe(true);
    (await shop.stack.cancel()).orThrow();

    (await shop.up()).orThrow();
    expect(await exists(leftover)).toBe(false);
    expect(await shop.containers("green")).toHaveLength(1);
    const { candidateUrl } = await shop.stack.outputs();
    expect(await ask(String(candidateUrl))).toMatchObject({ status: 200, color: "green", version: "1.1.0" });
    expect(await instancesOf(String(candidateUrl))).toBe(1);
  });

  it("for a next version that is wished live at once, switches to the recorded container only", async () => {
    await shop.edit({ images: { blue: { web: "1.0.0" }, green: { web: "1.2.0" } } });
    await shop.set({ green: "1.2.0", activeColor: "green" });
    const leftover = await killWhileCreating(shop, "green");
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
    (await shop.stack.cancel()).orThrow();

    (await shop.up()).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green", version: "1.2.0" });
    expect(await shop.recordedColor()).toBe("green");
    expect(await exists(leftover)).toBe(false);
    expect(await instancesOf(shop.url)).toBe(1);
    expect(await leases(shop)).toEqual([]);
  });

  it("and then given up, leaves the version that is recorded and nothing else", async () => {
    await shop.edit({ images: { blue: { web: "1.1.0" }, green: { web: "1.2.0" } } });
    await shop.set({ blue: "1.1.0" });
    const leftover = await killWhileCreating(shop, "blue");
    (await shop.stack.cancel()).orThrow();
    await shop.edit({ images: { blue: { web: "1.0.0" }, green: { web: "1.2.0" } } });
    (await shop.up({ blue: "1.0.0" })).orThrow();
    expect(await exists(leftover)).toBe(false);
    expect(await shop.containers("blue")).toHaveLength(1);
  });

  it("has cost no request all the while", async () => {
    const report = await load.stop();
    expect(report.failuresByReason).toEqual({});
    expect(report.sent).toBeGreaterThan(1_000);
  });

  it("does not keep `destroy` from removing all of it, the leftover too", async () => {
    const identity = await shop.identity();
    await shop.edit({ images: { blue: { web: "1.1.0" }, green: { web: "1.2.0" } } });
    await shop.set({ blue: "1.1.0" });
    await killWhileCreating(shop, "blue");
    (await shop.stack.cancel()).orThrow();
    (await shop.stack.destroy()).orThrow();
    expect(await inventory({ "bluegreen.app": identity })).toEqual(nothing);
  });
});

describe("`destroy`", () => {
  it("leaves nothing behind, also after a first deployment that failed", async () => {
    const shop = await Shop.open({ images: { blue: { web: "2.0.0-unhealthy" } } });
    try {
      const up = await shop.up({ activeColor: "blue", blue: "1.0.0" });
      expect(up.exit, up.output).not.toBe(0);
      const identity = await shop.identity();
      expect((await inventory({ "bluegreen.app": identity })).containers).not.toEqual([]);
      (await shop.stack.destroy()).orThrow();
      expect(await inventory({ "bluegreen.app": identity })).toEqual(nothing);
    } finally {
      await shop.close();
    }
  });

  it("leaves nothing behind of an app with two colors and volumes", async () => {
    const shop = await Shop.open({ services: { web: { volumes: { "/data": {}, "/shared": { shared: true } } } } });
    try {
      await shop.deployBoth();
      const identity = await shop.identity();
      const there = await inventory({ "bluegreen.app": identity });
      expect(there.containers).toHaveLength(3);
      expect(there.networks).toHaveLength(2);
      expect(there.volumes).toHaveLength(4);
      (await shop.stack.destroy()).orThrow();
      expect(await inventory({ "bluegreen.app": identity })).toEqual(nothing);
    } finally {
      await shop.close();
    }
  });
});
