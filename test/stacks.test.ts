import type { Load } from "@bluegreen/testkit/load/load";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { World } from "./support/bed.ts";
import { ask, type Edits, Shop } from "./support/shop.ts";
import { traffic } from "./support/traffic.ts";

describe("two apps in one stack", () => {
  let shop: Shop;
  let loads: { shop: Load; cafe: Load };
  let apps: NonNullable<Edits["apps"]>;
  let cafe: string;
  let worlds: { shop: World; cafe: World };
  beforeAll(async () => {
    shop = await Shop.open({}, { namespace: "bed" });
    const front = await shop.ground.front("cafe");
    cafe = front.url;
    apps = [
      { name: "shop", router: shop.front.router },
      { name: "cafe", router: front.router, after: true, asks: true },
    ];
    await shop.edit({ apps });
    const first = await shop.previewSteps({ activeColor: "blue", blue: "1.0.0", green: "1.1.0" });
    expect(first, "its color is known later").toContain("create cafe-cutover");
    await shop.deployBoth();
    const identity = String((await shop.stack.resource("cafe-interlock")).outputs?.app);
    worlds = { shop: await shop.world(), cafe: shop.ground.world(identity, front) };
    loads = { shop: await traffic(shop.url), cafe: await traffic(cafe) };
  });
  afterAll(async () => {
    await loads?.shop.stop();
    await loads?.cafe.stop();
    await shop?.close();
  });

  /** Everything of an app's, by kind and name. */
  const parts = async (app: "shop" | "cafe") => (await worlds[app].inventory()).sort();

  it("share nothing", async () => {
    const [ofShop, ofCafe] = [await parts("shop"), await parts("cafe")];
    expect(ofShop.length).toBeGreaterThanOrEqual(6);
    expect(ofCafe).toHaveLength(ofShop.length);
    expect(ofShop.filter((part) => ofCafe.includes(part))).toEqual([]);
  });

  it("are told in a preview when the color that is wished is known only later", async () => {
    const preview = await shop.preview({ cafeColor: "green" });
    expect(preview.exit).not.toBe(0);
    expect(preview.output).toContain("activeColor is known only once other resources are made");
  });

  it("switch each by itself", async () => {
    const from = loads.shop.mark("cafe switches");
    const up = await shop.up({ cafeColor: "green" });
    expect(up.orThrow().output).not.toMatch(/shop-(cutover|interlock|gate)\S* (updat|replac|creat)/);
    expect(await ask(cafe)).toMatchObject({ status: 200, color: "green" });
    expect((await loads.shop.since(from)).byColor).toMatchObject({ green: 0, none: 0 });
    expect(await shop.recordedColor()).toBe("blue");

    (await shop.up({ cafeColor: "blue", shopColor: "green" })).orThrow();
    expect(await ask(cafe)).toMatchObject({ status: 200, color: "blue" });
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
    expect(await shop.recordedColor()).toBe("green");
  });

  it("stay as they are when the stack is renamed and one of them, and switch after it", async () => {
    const before = [await parts("shop"), await parts("cafe")];
    await shop.stack.rename("renamed");
    const [first, second] = apps;
    await shop.edit({ apps: [first!, { ...second!, name: "bistro", formerly: "cafe" }] });
    expect(await shop.previewSteps({ bistroColor: "blue" })).toEqual([]);
    expect((await shop.up()).orThrow().output).toMatch(/\d+ unchanged/);
    expect(await shop.ask()).toMatchObject({ color: "green" });

    (await shop.up({ shopColor: "blue", bistroColor: "green" })).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
    expect(await ask(cafe)).toMatchObject({ status: 200, color: "green" });
    expect(await shop.recordedColor()).toBe("blue");
    expect([await parts("shop"), await parts("cafe")]).toEqual(before);
  });

  it("of which one depends on the other don't switch it when that has failed", async () => {
    await shop.edit({ gates: [{ run: "exit 1" }] });
    const up = await shop.up({ shopColor: "green", bistroColor: "blue" });
    expect(up.exit).not.toBe(0);
    expect(up.output).not.toMatch(/bistro-\S+ (creat|updat|replac)/);
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
    expect(await ask(cafe)).toMatchObject({ status: 200, color: "green" });
  });

  it("have not lost a request all the while", async () => {
    for (const load of [loads.shop, loads.cafe]) {
      const report = await load.stop();
      expect(report.failuresByReason).toEqual({});
      expect(report.sent).toBeGreaterThan(150);
    }
  });
});
