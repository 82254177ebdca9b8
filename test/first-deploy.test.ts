import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bed } from "./support/bed.ts";
import { Shop } from "./support/shop.ts";
import { underTraffic, untouched } from "./support/traffic.ts";

describe("a first deployment", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open({}, { attach: false });
  });
  afterAll(() => shop?.close());

  it("makes its only color live, and its outputs say so", async () => {
    await shop.deployBlue();
    expect(await shop.ask()).toEqual({ status: 200, color: "blue", version: "1.0.0" });
    expect(await shop.recordedColor()).toBe("blue");
    expect(await shop.stack.outputs()).toMatchObject({
      url: shop.url,
      activeColor: "blue",
      release_: "1.0.0",
      cutover: { attempt: 1, from: null, to: "blue", release: "1.0.0", outcome: "switched" },
      pending: [],
    });
  });

  it("runs nothing of the color that has no release", async () => {
    expect(await shop.backends("green")).toEqual([]);
  });

  it("is followed by the second color without a touch of the first", async () => {
    const before = await shop.backendIds("blue");
    const { result, traffic } = await underTraffic(shop, () => shop.up({ green: "1.1.0" }));
    result.orThrow();
    expect(traffic).toMatchObject(untouched("blue"));
    expect(await shop.backendIds("blue")).toEqual(before);
    expect(await shop.backends("green")).toHaveLength(1);
    expect(await shop.attempt()).toBe(1);
  });
});

describe("a first deployment that fails", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open({ services: { web: { env: { CRASH_AFTER: "0" } } } }, { startWithin: "10s" });
  });
  afterAll(() => shop?.close());

  async function expectNothingLive(): Promise<void> {
    expect(await shop.ask()).toEqual(bed.nobody);
    expect(await shop.recordedColor()).toBeUndefined();
  }

  it("because what it runs does not stay up ends with an error, and nothing is live", async () => {
    const up = await shop.up({ activeColor: "blue", blue: "1.0.0" });
    expect(up.exit).not.toBe(0);
    expect(up.output).toMatch(/✖ .*blue|'shop-blue-web-\w+' timed out waiting to be Ready/);
    await expectNothingLive();
  });

  it("because of its gate ends with an error that names the gate, for a new version as for the first", async () => {
    // Its process counts as ready where Kubernetes asks; the gate asks for more.
    await shop.edit({ services: { web: { ready: "/health/live" } }, images: { blue: { web: "2.0.0-unhealthy" } } });
    const up = await shop.up({ blue: "1.0.1" });
    expect(up.exit).not.toBe(0);
    expect(up.output).toContain("gate http-1 of blue 1.0.1 failed");
    expect(await shop.environment("blue")).toMatchObject({ BLUEGREEN_RELEASE: "1.0.1" });
    await expectNothingLive();
  });

  it("is mended under the same version, which was never live", async () => {
    await shop.edit({ images: { blue: { web: "1.2.0" } } });
    (await shop.up()).orThrow();
    expect(await shop.ask()).toEqual({ status: 200, color: "blue", version: "1.2.0" });
    expect(await shop.stack.outputs()).toMatchObject({ activeColor: "blue", release_: "1.0.1" });
    expect(await shop.recordedColor()).toBe("blue");
    expect(await shop.backends("blue")).toHaveLength(1);
  });
});
