import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bed } from "./support/bed.ts";
import { Shop } from "./support/shop.ts";
import { underTraffic, untouched } from "./support/traffic.ts";

const onDocker = bed.platform === "docker";

describe("a candidate of which someone else has removed something", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open({ services: { web: { replicas: 2 } } });
    await shop.deployBoth();
    await (await shop.world()).removeByHand("green");
  });
  afterAll(() => shop?.close());

  it.runIf(onDocker)("is made anew by the up that wishes for it, as preview says, and goes live", async () => {
    const anew = "containers of green are gone, and are made anew";
    expect((await shop.preview({ activeColor: "green" })).orThrow().output).toContain(anew);
    const { result: up, traffic } = await underTraffic(shop, () => shop.up());
    up.orThrow();
    expect(traffic.failures).toEqual([]);
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
    expect(await shop.backends("green")).toHaveLength(2);
    expect(await shop.previewSteps()).toEqual([]);
  });

  it.skipIf(onDocker)("is refused by preview, which says what is gone and what to do", async () => {
    const preview = await shop.preview({ activeColor: "green" });
    expect(preview.exit).not.toBe(0);
    expect(preview.output).toMatch(/✖ green 1\.1\.0 is to go live, and Deployment shop-green-web\S* is gone/);
    expect(preview.output).toMatch(/at releases\.green → `pulumi up --refresh` makes it anew/);
  });

  it.skipIf(onDocker)("is refused by up, and traffic is untouched", async () => {
    const { result: up, traffic } = await underTraffic(shop, () => shop.up());
    expect(up.exit).not.toBe(0);
    expect(up.output).toContain("`pulumi up --refresh` makes");
    expect(traffic).toMatchObject(untouched("blue"));
    expect(await shop.recordedColor()).toBe("blue");
  });

  it.skipIf(onDocker)("is none of who does not wish for it", async () => {
    (await shop.preview({ activeColor: "blue" })).orThrow();
  });

  it.skipIf(onDocker)("is made anew by a refresh, and goes live", async () => {
    const { result: up, traffic } = await underTraffic(shop, () =>
      shop.up({ activeColor: "green" }, { refresh: true }),
    );
    up.orThrow();
    expect(traffic.failures).toEqual([]);
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
    expect(await shop.backends("green")).toHaveLength(2);
  });
});
