import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Shop } from "./support/shop.ts";

describe("a switch", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open({ smoke: true, options: { protect: true } });
    await shop.deployBoth();
  });
  afterAll(async () => {
    await shop?.stack.run(["state", "unprotect", "--all", "--yes"]);
    await shop?.close();
  });

  it("shows the change of the active color in preview, and changes nothing", async () => {
    const preview = await shop.preview({ activeColor: "green" });
    expect(preview.exit).toBe(0);
    expect(preview.output).toContain('activeColor: "blue" => "green"');
    expect(preview.output).not.toMatch(/(container:Container|v1:Deployment).*(replace|update|delete)/);
    expect(await shop.ask()).toEqual({ status: 200, color: "blue", version: "1.0.0" });
    expect(await shop.recordedColor()).toBe("blue");
  });

  it("moves traffic when the gates have passed, and state says so", async () => {
    const up = await shop.up({ activeColor: "green" });
    expect(up.orThrow().output).toContain("shop-gate-http-1");
    expect(await shop.ask()).toEqual({ status: 200, color: "green", version: "1.1.0" });
    expect(await shop.recordedColor()).toBe("green");
  });

  it("was over before anything ran that depends on the app, or that uses its address", async () => {
    const { at } = (await shop.stack.outputs()).cutover as { at: string };
    for (const smoke of await shop.smokes()) expect(smoke > at, `${smoke} and ${at}`).toBe(true);
  });

  it("rolls back by the reverted value", async () => {
    (await shop.up({ activeColor: "blue" })).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
    expect(await shop.recordedColor()).toBe("blue");
  });

  it("leaves room for the idle color's next release, although the app is protected", async () => {
    (await shop.up({ green: "1.2.0" })).orThrow();
    const router = await shop.stack.resource("shop-router");
    expect(router).toMatchObject({ protect: true });
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
  });

  it("is followed by runs that change nothing", async () => {
    const up = await shop.up();
    expect(up.orThrow().output).toMatch(/\d+ unchanged/);
    expect(up.output).not.toMatch(/updated|replaced|created/);
  });
});
