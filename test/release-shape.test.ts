import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Shop, stepsOf } from "./support/shop.ts";
import { underTraffic, untouched } from "./support/traffic.ts";

const db = { port: 8080 };

describe("the live color", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
    await shop.deployBoth();
  });
  afterAll(() => shop?.close());

  /** Steps of a preview by the color that they concern. */
  async function preview(values?: Record<string, string>) {
    const steps = await shop.previewSteps(values);
    return { blue: stepsOf(steps, "blue"), green: stepsOf(steps, "green") };
  }

  it("is not touched when a service is added to the other one", async () => {
    const blue = await shop.backendIds("blue");
    await shop.edit({
      services: { db },
      images: { blue: { web: "1.0.0" }, green: { web: "1.2.0", db: "1.2.0" } },
    });
    const steps = await preview({ green: "1.2.0" });
    expect(steps.blue).toEqual([]);
    expect(steps.green.join()).toContain("create shop-green-db");
    const { result: up, traffic } = await underTraffic(shop, () => shop.up());
    up.orThrow();
    expect(traffic).toMatchObject(untouched("blue"));
    expect(await shop.backendIds("blue")).toEqual(blue);
    expect(await shop.backends("green")).toHaveLength(2);
  });

  it("keeps a service that the program has no more", async () => {
    (await shop.up({ activeColor: "green" })).orThrow();
    const green = await shop.backendIds("green");
    const db = (await shop.backends("green")).filter(({ service }) => service === "db");
    expect(db).toHaveLength(1);
    await shop.edit({ services: {}, images: { blue: { web: "1.0.0" }, green: { web: "1.2.0" } } });
    expect((await preview()).green).toEqual([]);
    const { result: up, traffic } = await underTraffic(shop, () => shop.up());
    up.orThrow();
    expect(traffic).toMatchObject(untouched("green"));
    expect(await shop.backendIds("green")).toEqual(green);
    expect((await shop.backends("green")).filter(({ service }) => service === "db")).toEqual(db);
    expect((await shop.stack.outputs()).pending).toEqual([
      expect.stringMatching(/^green keeps its release 1\.2\.0; .*services\.db.* will come with its next version$/),
    ]);
  });

  it("is not touched in preview while an image is not known yet", async () => {
    const green = await shop.backendIds("green");
    await shop.edit({ build: "first" });
    const steps = await preview({ blue: "1.3.0" });
    expect(steps.green).toEqual([]);
    expect(steps.blue.join()).toContain("shop-blue-web");
    const { result: up, traffic } = await underTraffic(shop, () => shop.up());
    up.orThrow();
    expect(traffic).toMatchObject(untouched("green"));
    expect(await shop.backendIds("green")).toEqual(green);

    await shop.edit({ build: "second" });
    expect((await preview()).green).toEqual([]);
    (await shop.up()).orThrow();
    expect(await shop.backendIds("green")).toEqual(green);
  });

  it("can be left by a switch that is previewed while an image is not known yet", async () => {
    await shop.edit({ build: "third" });
    const switching = await shop.preview({ activeColor: "blue" });
    expect(switching.orThrow().output).toContain('activeColor: "green" => "blue"');
    expect((await preview()).green).toEqual([]);
    (await shop.up()).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
  });
});
