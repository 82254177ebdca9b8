import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, quickGate, Shop } from "./support/shop.ts";
import { underTraffic, untouched } from "./support/traffic.ts";

describe("a switch", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open({ smoke: true, options: { protect: true } }, { attach: false });
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

  describe("between releases that listen on another port, and are ready elsewhere, over TLS, for another Host", () => {
    const { path: _path, ...ownReady } = { kind: "http", ...quickGate };

    it("begins with the idle one alone: nothing of the live color changes", async () => {
      const before = await shop.backendIds("blue");
      // It never answers where the live one says that it is ready.
      const host = "shop.example.org";
      const env = { PORT: "8090", TLS_PORT: "8443", UNHEALTHY: "1", HEALTH_HOST: host };
      const ready = { path: "/health/live", port: 8443, host, scheme: "https" };
      await shop.edit({ gates: [ownReady], services: { web: { port: 8090, ready, env } } });
      const { result, traffic } = await underTraffic(shop, () => shop.up({ green: "1.2.0" }));
      expect(result.orThrow().output).toMatch(
        /blue keeps its release 1\.0\.0; .*services\.web\.port, .*will come with/,
      );
      expect(traffic).toMatchObject(untouched("blue"));
      expect(await shop.backendIds("blue")).toEqual(before);
      const url = await (await shop.world()).colorUrl("green");
      expect(await ask(`${url}/`)).toMatchObject({ status: 200, color: "green" });
    });

    it("asks each color as its own release wants it, there and back", async () => {
      const { traffic } = await underTraffic(shop, async () => {
        (await shop.up({ activeColor: "green" })).orThrow();
        expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
        (await shop.up({ activeColor: "blue" })).orThrow();
      });
      expect(traffic).toMatchObject({ failures: [], byColor: { none: 0 } });
      expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
    });

    it("and whatever the program says by then", async () => {
      await shop.edit({ services: {} });
      const { result, traffic } = await underTraffic(shop, () => shop.up({ activeColor: "green" }));
      expect(result.orThrow().output).toMatch(/green keeps its release 1\.2\.0; .*services\.web\.port/);
      expect(traffic).toMatchObject({ failures: [], byColor: { none: 0 } });
      expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
    });
  });
});
