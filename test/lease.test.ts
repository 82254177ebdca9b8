import { cp, rm } from "node:fs/promises";
import { createProject } from "@bluegreen/testkit/engine/pulumi";
import { until } from "@bluegreen/testkit/until";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { leases } from "./support/killing.ts";
import { Shop } from "./support/shop.ts";
import { traffic } from "./support/traffic.ts";

describe("a second machine with a copy of the state", () => {
  let shop: Shop;
  let copy: string;
  beforeAll(async () => {
    shop = await Shop.open();
    await shop.deployBoth();
    copy = `${shop.project.dir}-copy`;
    await cp(shop.project.dir, copy, { recursive: true });
  });
  afterAll(async () => {
    await rm(copy, { recursive: true, force: true });
    await shop?.close();
  });

  it("is refused by the lease while a cutover bakes, and is told who holds it", async () => {
    const load = await traffic(shop.url);
    await shop.edit({ verification: { bake: "90s" } });
    await shop.set({ activeColor: "green" });
    const first = shop.stack.start("up");
    await until("the switch", async () => (await shop.ask()).color === "green");

    const other = await (await createProject({ dir: copy, env: shop.ground.env })).stack("dev");
    await other.config("activeColor", "green");
    const second = await other.up();
    expect(second.exit, second.output).not.toBe(0);
    expect(second.output).toMatch(/another cutover is running: \S+@\S+ pid \d+, since 2\d{3}-/);
    expect(first.running).toBe(true);
    expect(await leases(shop)).toHaveLength(1);

    (await first.result).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
    expect(await shop.recordedColor()).toBe("green");
    expect(await leases(shop)).toEqual([]);
    expect((await load.stop()).failuresByReason).toEqual({});
  });
});
