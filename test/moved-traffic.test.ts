import type { Load } from "@bluegreen/testkit/load/load";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { World } from "./support/bed.ts";
import { Shop } from "./support/shop.ts";
import { traffic } from "./support/traffic.ts";

/** The library's own last write, as far as a refusal can name it. */
const writer = /its last own write is blue 1\.0\.0 \(attempt \d+, written by \S+@\S+ pid \d+ at 2\d{3}-[\dT:.-]+Z\)/;

describe("traffic that someone else moved", () => {
  let shop: Shop;
  let world: World;
  let load: Load;
  beforeAll(async () => {
    shop = await Shop.open();
    await shop.deployBoth();
    world = await shop.world();
    load = await traffic(shop.url);
  });
  afterAll(async () => {
    await load?.stop();
    await shop?.close();
  });

  it("is refused by preview, which says where it is and who wrote last", async () => {
    await world.moveByHand("green");
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });

    const preview = await shop.preview();
    expect(preview.exit).not.toBe(0);
    expect(preview.output).toContain("traffic was moved by someone else: the router sends it to green, you want blue");
    expect(preview.output).toMatch(world.hand);
    expect(preview.output).toMatch(writer);
    expect(preview.output).toContain("pulumi config set activeColor green");
    expect(preview.output).toContain('force: "green"');
    expect(await shop.recordedColor()).toBe("blue");
  });

  it("is refused by `up` and `up --refresh`, which write nothing", async () => {
    const before = await world.view();
    for (const refresh of [false, true]) {
      const up = await shop.up({}, { refresh });
      expect(up.exit, up.output).not.toBe(0);
      expect(up.output).toContain("traffic was moved by someone else");
    }
    expect(await world.view()).toEqual(before);
    expect(await shop.ask()).toMatchObject({ color: "green" });
  });

  it("is adopted by wishing for the color that is live, which moves nothing", async () => {
    const from = load.mark("adopt");
    (await shop.up({ activeColor: "green" })).orThrow();
    expect((await load.since(from)).byColor).toMatchObject({ blue: 0, none: 0 });
    expect(await shop.recordedColor()).toBe("green");
    const up = await shop.up();
    expect(up.orThrow().output).toMatch(/\d+ unchanged/);
    expect(up.output).not.toMatch(/updated|replaced|created/);
  });

  it("is taken back by `force`, through the gates", async () => {
    await world.moveByHand("blue");
    expect(await shop.ask()).toMatchObject({ color: "blue" });
    const refused = await shop.up();
    expect(refused.exit, refused.output).not.toBe(0);
    expect(refused.output).toContain('force: "blue"');

    await shop.edit({ gates: [{ run: "echo asked >> gates.txt; exit 1" }] });
    const gated = await shop.up({ force: "blue" });
    expect(gated.exit, gated.output).not.toBe(0);
    expect(gated.output).toContain("gate command-1 of green 1.1.0 failed");
    expect(await shop.ask()).toMatchObject({ color: "blue" });

    await shop.edit({ gates: [{ path: "/health/ready", interval: "100ms" }] });
    const forced = await shop.up({ force: "blue" });
    expect(forced.orThrow().output).toContain("shop-gate-http-1");
    expect(await shop.ask()).toMatchObject({ color: "green" });
    expect(await shop.recordedColor()).toBe("green");
    expect(await world.journal()).toContain('"outcome":"switched","reason":"","overrides":["force blue"]');
  });

  it("may leave `force` in place without any effect on what follows", async () => {
    (await shop.up({ activeColor: "green" })).orThrow();
    expect(await shop.ask()).toMatchObject({ color: "green" });
    (await shop.up({ force: undefined })).orThrow();
    expect(await shop.ask()).toMatchObject({ color: "green" });
  });

  it("has cost no request so far", async () => {
    const report = await load.stop();
    expect(report.failuresByReason).toEqual({});
    expect(report.sent).toBeGreaterThan(300);
  });

  it('is taken back from what is of neither color by `force: "foreign"` only', async () => {
    await world.moveToStranger();
    expect(await shop.ask()).toMatchObject({ status: 200, version: "1.2.0" });

    const preview = await shop.preview();
    expect(preview.exit).not.toBe(0);
    expect(preview.output).toContain("sends it to backends of neither color, you want green");
    expect(preview.output).toMatch(/its last own write is green 1\.1\.0 \(attempt \d+, written by /);
    expect(preview.output).not.toContain("to adopt it");
    for (const force of [undefined, "blue", "green"]) {
      const up = await shop.up({ force });
      expect(up.exit, up.output).not.toBe(0);
      expect(await shop.ask()).toMatchObject({ version: "1.2.0" });
    }

    (await shop.up({ force: "foreign" })).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green", version: "1.1.0" });
    expect(await shop.recordedColor()).toBe("green");
  });
});
