import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Shop } from "./support/shop.ts";
import { underTraffic, untouched } from "./support/traffic.ts";

const missing = { web: "no-such-tag" };

describe("a color that can't be deployed", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open({ images: { blue: { web: "1.0.0" }, green: missing } }, { startWithin: "10s" });
  });
  afterAll(() => shop?.close());

  async function failsByGreen(values: Record<string, string>): Promise<void> {
    const up = await shop.up(values);
    expect(up.exit).not.toBe(0);
    expect(up.output).toContain("shop-green-web");
    expect(up.output).toMatch(/no-such-tag|timed out waiting to be Ready/);
  }

  it("does not keep the other one from going live for the first time", async () => {
    await failsByGreen({ activeColor: "blue", blue: "1.0.0", green: "1.1.0" });
    expect(await shop.ask()).toEqual({ status: 200, color: "blue", version: "1.0.0" });
    expect(await shop.recordedColor()).toBe("blue");
    expect(await shop.backends("blue")).toHaveLength(1);
  });

  it("is deployed once it can be, without a touch of the other one", async () => {
    await shop.edit({ images: { blue: { web: "1.0.0" }, green: { web: "1.1.0" } } });
    const { result, traffic } = await underTraffic(shop, () => shop.up());
    result.orThrow();
    expect(traffic).toMatchObject(untouched("blue"));
    expect(await shop.backends("green")).toHaveLength(1);
    await shop.nothingToDo();
  });

  it("neither holds up the live one when it is to get a new version", async () => {
    await shop.edit({ images: { blue: { web: "1.0.0" }, green: missing }, services: { web: { replicas: 2 } } });
    const { traffic } = await underTraffic(shop, () => failsByGreen({ green: "1.2.0" }));
    expect(traffic).toMatchObject(untouched("blue"));
    expect(await shop.backends("blue")).toHaveLength(2);
    expect(await shop.recordedColor()).toBe("blue");
  });

  it("goes live like any other after that, and as many of it as are wished", async () => {
    await shop.edit({ images: { blue: { web: "1.0.0" }, green: { web: "1.2.0" } } });
    (await shop.up()).orThrow();
    const { result } = await underTraffic(shop, () => shop.up({ activeColor: "green" }));
    result.orThrow();
    expect(await shop.ask()).toEqual({ status: 200, color: "green", version: "1.2.0" });
    expect(await shop.backends("green")).toHaveLength(2);
    await shop.nothingToDo();
  });
});
