import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Shop } from "./support/shop.ts";
import { underTraffic, untouched } from "./support/traffic.ts";

const db = { port: 8080 };

describe("the live color", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
    await shop.deployBoth();
  });
  afterAll(() => shop?.close());

  /** Steps of a preview that concern containers of this color. */
  async function stepsOf(color: string, values: Record<string, string> = {}): Promise<string[]> {
    const steps = await shop.previewSteps(values);
    return steps.filter((step) => new RegExp(`shop-${color}-[a-z]+-\\d`).test(step));
  }

  it("is not touched when a service is added to the other one", async () => {
    const blue = await shop.containerIds("blue");
    await shop.edit({
      services: { db },
      images: { blue: { web: "1.0.0" }, green: { web: "1.2.0", db: "1.2.0" } },
    });
    expect(await stepsOf("blue", { green: "1.2.0" })).toEqual([]);
    expect((await stepsOf("green")).join()).toContain("create shop-green-db-1");
    const { result: up, traffic } = await underTraffic(shop, () => shop.up());
    up.orThrow();
    expect(traffic).toMatchObject(untouched("blue"));
    expect(await shop.containerIds("blue")).toEqual(blue);
    expect(await shop.containers("green")).toHaveLength(2);
  });

  it("keeps a service that the program has no more", async () => {
    (await shop.up({ activeColor: "green" })).orThrow();
    const green = await shop.containerIds("green");
    const recorded = await shop.stack.resource("shop-green-db-1");
    await shop.edit({ services: {}, images: { blue: { web: "1.0.0" }, green: { web: "1.2.0" } } });
    expect(await stepsOf("green")).toEqual([]);
    const { result: up, traffic } = await underTraffic(shop, () => shop.up());
    up.orThrow();
    expect(traffic).toMatchObject(untouched("green"));
    expect(await shop.containerIds("green")).toEqual(green);
    expect((await shop.stack.resource("shop-green-db-1")).id).toBe(recorded.id);
    expect((await shop.stack.outputs()).pending).toEqual([
      expect.stringMatching(/^green keeps its release 1\.2\.0; .*services\.db.* will come with its next version$/),
    ]);
  });

  it("is not touched in preview while an image is not known yet", async () => {
    const green = await shop.containerIds("green");
    await shop.edit({ build: "first" });
    expect(await stepsOf("green", { blue: "1.3.0" })).toEqual([]);
    expect((await stepsOf("blue")).join()).toContain("shop-blue-web-1");
    const { result: up, traffic } = await underTraffic(shop, () => shop.up());
    up.orThrow();
    expect(traffic).toMatchObject(untouched("green"));
    expect(await shop.containerIds("green")).toEqual(green);

    await shop.edit({ build: "second" });
    expect(await stepsOf("green")).toEqual([]);
    (await shop.up()).orThrow();
    expect(await shop.containerIds("green")).toEqual(green);
  });

  it("can be left by a switch that is previewed while an image is not known yet", async () => {
    await shop.edit({ build: "third" });
    const preview = await shop.preview({ activeColor: "blue" });
    expect(preview.orThrow().output).toContain('activeColor: "green" => "blue"');
    expect(await stepsOf("green")).toEqual([]);
    (await shop.up()).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
  });
});
