import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bed } from "./support/bed.ts";
import { Shop, withBot } from "./support/shop.ts";
import { underTraffic, untouched } from "./support/traffic.ts";

/** Of everything of the app that its users are with. */
async function identities(shop: Shop) {
  return { blue: await shop.backendIds("blue"), green: await shop.backendIds("green") };
}

describe("an app whose state was lost", () => {
  let shop: Shop;
  let app: string;
  let before: Awaited<ReturnType<typeof identities>>;
  beforeAll(async () => {
    shop = await Shop.open({
      services: { web: { env: { LOG: "info" }, replicas: 2 } },
      secretValues: { KEY: "sesame-1" },
    });
    await shop.deployBoth();
    app = await shop.identity();
    before = await identities(shop);
    await shop.stack.forget();
  });
  afterAll(() => shop?.close());

  it("is not made a second time, and the refusal says how to take it over", async () => {
    const preview = await shop.preview();
    expect(preview.exit).not.toBe(0);
    expect(preview.output).toContain(`takeOver: "${app}"`);
    expect(preview.output).toContain(`a new app, and ${app} is there already`);
  });

  it("is not taken over with another version than is live, nor with a switch, nor if it is not there", async () => {
    await shop.edit({ args: { takeOver: app } });
    const other = await shop.preview({ blue: "9.9.9" });
    expect(other.output).toContain('blue is live with version "1.0.0"; version "9.9.9" would change it');
    const moved = await shop.preview({ blue: "1.0.0", activeColor: "green" });
    expect(moved.output).toContain("the app that is taken over is live with blue, and you want green");
    await shop.edit({ args: { takeOver: "shop-000000" } });
    const gone = await shop.preview({ activeColor: "blue" });
    expect(gone.output).toMatch(/nothing is there of the app that is to be taken over|belongs to the app shop-/);
    for (const { exit } of [other, moved, gone]) expect(exit).not.toBe(0);
  });

  it("is taken over as it runs", async () => {
    await shop.edit({ args: { takeOver: app } });
    const { result, traffic } = await underTraffic(shop, () => shop.up());
    result.orThrow();
    expect(traffic).toMatchObject(untouched("blue"));
    expect(await identities(shop)).toEqual(before);
    expect(await shop.identity()).toBe(app);
    expect(await shop.stack.outputs()).toMatchObject({ activeColor: "blue", release_: "1.0.0" });
    await shop.nothingToDo();
  });

  it("is a stack's like any other from then on: it keeps what was live, switches, goes back, and ends", async () => {
    await shop.edit({ args: {}, services: { web: { env: { LOG: "debug" }, replicas: 2 } } });
    const { traffic } = await underTraffic(shop, async () => {
      (await shop.up({ green: "1.2.0" })).orThrow();
      expect(await shop.backendIds("blue")).toEqual(before.blue);
      (await shop.up({ activeColor: "green" })).orThrow();
      (await shop.up({ activeColor: "blue" })).orThrow();
    });
    expect(traffic.failures).toEqual([]);
    expect(await shop.backendIds("blue")).toEqual(before.blue);
    expect(await shop.environment("blue")).toMatchObject({ LOG: "info" });
    await shop.nothingToDo();
    const world = await shop.world();
    (await shop.stack.destroy()).orThrow();
    expect(await world.inventory()).toEqual([]);
  });
});

describe("workers whose state was lost", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open(withBot);
    await shop.deployBoth();
  });
  afterAll(() => shop?.close());

  it("are told of before others are made beside them, and are taken over at work", async () => {
    const app = await shop.identity();
    const before = await shop.backendIds("blue");
    await shop.stack.forget();
    expect((await shop.preview()).output).toContain(`say \`takeOver: "${app}"\``);
    await shop.edit({ args: { takeOver: app } });
    (await shop.up()).orThrow();
    expect(await shop.backendIds("blue")).toEqual(before);
    await shop.nothingToDo();
    (await shop.up({ activeColor: "green" })).orThrow();
    expect(await shop.backendIds("blue")).toEqual(bed.platform === "docker" ? before : []);
  });
});
