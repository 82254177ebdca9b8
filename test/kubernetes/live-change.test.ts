import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Shop } from "../support/shop.ts";
import { underTraffic } from "../support/traffic.ts";

describe("another version on the live color, by who allows it", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open(
      { args: { allowLiveChange: true }, images: { blue: { web: "1.0.0" } } },
      {
        via: "proxy",
        startWithin: "10s",
      },
    );
    await shop.deployBlue();
  });
  afterAll(() => shop?.close());

  it("brings its pods first, and loses no request", async () => {
    const before = await shop.backendIds("blue");
    await shop.edit({ images: { blue: { web: "1.2.0" } } });
    const { result: up, traffic } = await underTraffic(shop, () => shop.up({ blue: "1.2.0" }));
    up.orThrow();
    expect(traffic.failuresByReason).toEqual({});
    expect(traffic.byVersion["1.0.0"]).toBeGreaterThan(0);
    expect(traffic.byVersion["1.2.0"]).toBeGreaterThan(0);
    expect(await shop.ask()).toEqual({ status: 200, color: "blue", version: "1.2.0" });
    expect(await shop.backendIds("blue")).not.toEqual(before);
    expect(await shop.backends("blue")).toHaveLength(1);
    expect(await shop.recordedColor()).toBe("blue");
  });

  it("that never becomes ready leaves the old one to its users", async () => {
    await shop.edit({ images: { blue: { web: "2.0.0-unhealthy" } } });
    const { result: up, traffic } = await underTraffic(shop, () => shop.up({ blue: "1.3.0" }));
    expect(up.exit).not.toBe(0);
    expect(traffic.failuresByReason).toEqual({});
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue", version: "1.2.0" });
    expect(await shop.recordedColor()).toBe("blue");
  });
});
