import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Shop } from "./support/shop.ts";

describe("a release that is irreversible without a contract", () => {
  let shop: Shop;
  beforeAll(async () => {
    const images = { blue: { web: "1.0.0" }, green: { web: "2.0.0-faulty" } };
    shop = await Shop.open({ images, migrations: { green: { reversible: false } } });
    await shop.deployBlue();
  });
  afterAll(() => shop?.close());

  it("is left before its bake is over without more ado", async () => {
    await shop.edit({ verification: { checks: [{ kind: "http", path: "/" }] } });
    expect((await shop.up({ activeColor: "green", green: "1.1.0-rc" })).output).toContain("was reverted");
    expect((await shop.preview({ activeColor: "blue" })).orThrow().output).not.toContain("no return");
  });

  it("is not left for a release from before it, once its cutover is done", async () => {
    await shop.edit({ images: { blue: { web: "1.0.0" }, green: { web: "1.1.0" } } });
    (await shop.up({ activeColor: "green", green: "1.1.0" })).orThrow();
    for (const run of [() => shop.preview({ activeColor: "blue" }), () => shop.up()]) {
      const refused = await run();
      expect(refused.exit).not.toBe(0);
      expect(refused.output).toContain("blue 1.0.0 is from before 1.1.0, whose point of no return was passed at ");
    }
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
  });

  it("is left on the user's word, which the journal has", async () => {
    await shop.edit({ args: { returnPast: "1.1.0" } });
    (await shop.up({ activeColor: "blue" })).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue", version: "1.0.0" });
    expect(await (await shop.world()).journal()).toContain('"overrides":["returnPast 1.1.0"]');
  });

  it("is gone back to, and then is not left again without another word", async () => {
    await shop.edit({ args: {} });
    (await shop.up({ activeColor: "green" })).orThrow();
    expect((await shop.preview({ activeColor: "blue" })).output).toContain("is from before 1.1.0");
  });
});
