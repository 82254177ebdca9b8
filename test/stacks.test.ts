import { docker, freePort } from "@bluegreen/testbed/docker/engine";
import { type Load, startLoad } from "@bluegreen/testbed/load/load";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, Shop } from "./support/shop.ts";

describe("two apps in one stack", () => {
  let shop: Shop;
  let loads: { shop: Load; cafe: Load };
  let cafe: string;
  beforeAll(async () => {
    const colorPorts = async () => ({ blue: await freePort(), green: await freePort() });
    const port = await freePort();
    cafe = `http://127.0.0.1:${port}`;
    shop = await Shop.open();
    await shop.edit({
      apps: [
        { name: "shop", port: shop.port, colorPorts: await colorPorts() },
        { name: "cafe", port, colorPorts: await colorPorts() },
      ],
    });
    await shop.deployBoth();
    loads = {
      shop: await startLoad({ url: shop.url, rate: 50 }),
      cafe: await startLoad({ url: cafe, rate: 50 }),
    };
  });
  afterAll(async () => {
    await loads?.shop.stop();
    await loads?.cafe.stop();
    await shop?.close();
  });

  /** Every container, network and volume of the app's, by id or name. */
  async function parts(app: string): Promise<string[]> {
    const identity = String((await shop.stack.resource(`${app}-interlock`)).outputs?.app);
    const filters = { label: [`bluegreen.app=${identity}`] };
    const containers = await docker.listContainers({ all: true, filters });
    const networks = await docker.listNetworks({ filters });
    const { Volumes: volumes } = await docker.listVolumes({ filters });
    return [...containers.map((one) => one.Id), ...networks.map((one) => one.Id), ...volumes.map((one) => one.Name)];
  }

  it("share nothing", async () => {
    const [ofShop, ofCafe] = [await parts("shop"), await parts("cafe")];
    expect(ofShop).toHaveLength(6);
    expect(ofCafe).toHaveLength(6);
    expect(ofShop.filter((part) => ofCafe.includes(part))).toEqual([]);
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

  it("stay as they are when the stack is renamed, and switch after it", async () => {
    const before = [await parts("shop"), await parts("cafe")];
    await shop.stack.rename("renamed");
    expect((await shop.up()).orThrow().output).toMatch(/\d+ unchanged/);
    expect(await shop.ask()).toMatchObject({ color: "green" });

    (await shop.up({ shopColor: "blue", cafeColor: "green" })).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
    expect(await ask(cafe)).toMatchObject({ status: 200, color: "green" });
    expect(await shop.recordedColor()).toBe("blue");
    expect([await parts("shop"), await parts("cafe")].map((one) => one.sort())).toEqual(
      before.map((one) => one.sort()),
    );
  });

  it("have not lost a request all the while", async () => {
    for (const load of [loads.shop, loads.cafe]) {
      const report = await load.stop();
      expect(report.failuresByReason).toEqual({});
      expect(report.sent).toBeGreaterThan(500);
    }
  });
});
