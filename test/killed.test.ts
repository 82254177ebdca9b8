import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Load } from "@bluegreen/testkit/load/load";
import { isProvider } from "@bluegreen/testkit/processes";
import { until } from "@bluegreen/testkit/until";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killAlone, leases } from "./support/killing.ts";
import { quickGate, Shop } from "./support/shop.ts";
import { traffic } from "./support/traffic.ts";

/** An orphaned provider notices within half a second that its engine is gone, and ends 5 s later at most. */
const orphanEndsMs = 20_000;

describe("a run killed with SIGKILL", () => {
  let shop: Shop;
  let load: Load;
  beforeAll(async () => {
    shop = await Shop.open();
    await shop.deployBoth();
    load = await traffic(shop.url);
  });
  afterAll(async () => {
    await load?.stop();
    await shop?.close();
  });

  /** Kills the CLI at a moment, and proves that what it leaves behind writes nothing more and ends. */
  async function kill(color: string, moment: () => Promise<boolean>): Promise<void> {
    await shop.set({ activeColor: color });
    const run = shop.stack.start("up");
    await until(`the moment to kill the switch to ${color}`, async () => {
      if (!run.running) throw new Error(`the run ended before it could be killed:\n${run.output}`);
      return moment();
    });
    const orphans = await killAlone(run);
    const world = await shop.world();
    const before = await world.view();
    expect(orphans).not.toEqual([]);
    await until("the orphaned providers end", async () => !orphans.some(isProvider), orphanEndsMs);
    expect(await world.view()).toEqual(before);
    (await shop.stack.cancel()).orThrow();
  }

  async function expectLive(color: string): Promise<void> {
    expect(await shop.ask()).toMatchObject({ status: 200, color });
    expect(await shop.recordedColor()).toBe(color);
    expect(await leases(shop)).toEqual([]);
  }

  const bakes = (color: string) => async () => (await shop.ask()).color === color;

  it("after the switch goes on to the wish when that is kept", async () => {
    await shop.edit({ verification: { bake: "60s" } });
    await kill("green", bakes("green"));
    expect(await leases(shop)).toHaveLength(1);
    expect(await shop.recordedColor()).toBe("blue");

    await shop.edit({ verification: { bake: "1s" } });
    (await shop.up()).orThrow();
    await expectLive("green");
    expect((await shop.up()).orThrow().output).toMatch(/\d+ unchanged/);
  });

  it("after the switch goes back without failing when the wish is reverted", async () => {
    await shop.edit({ verification: { bake: "60s" } });
    await kill("blue", bakes("blue"));

    await shop.edit({ verification: { bake: "1s" } });
    (await shop.up({ activeColor: "green" })).orThrow();
    await expectLive("green");
  });

  for (const wish of ["green", "blue"]) {
    it(`before the switch has moved nothing, and ends at ${wish} when ${wish} is wished`, async () => {
      const marker = join(shop.project.dir, "gate-runs");
      await rm(marker, { force: true });
      await shop.edit({ gates: [{ run: `touch ${marker}; sleep 30; exit 1` }] });
      await kill("blue", async () => existsSync(marker));
      expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
      expect(await shop.recordedColor()).toBe("green");

      await shop.edit({ gates: [quickGate] });
      (await shop.up({ activeColor: wish })).orThrow();
      await expectLive(wish);
    });
  }

  it("after the switch makes no way past the gates for another release of the color that it came from", async () => {
    await shop.edit({ verification: { bake: "60s" } });
    await kill("green", bakes("green"));
    const attempt = await shop.attempt();

    await shop.edit({ images: { blue: { web: "1.2.0" }, green: { web: "1.1.0" } }, gates: [{ run: "exit 1" }] });
    expect((await shop.up({ activeColor: "blue", blue: "1.2.0" })).exit).not.toBe(0);
    expect(await shop.attempt()).toBe(attempt + 1);
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
    expect(await leases(shop)).toHaveLength(1);

    await shop.edit({ gates: [quickGate] });
    await kill("blue", bakes("blue"));
    expect(await shop.ask()).toEqual({ status: 200, color: "blue", version: "1.2.0" });
    await shop.edit({ verification: { bake: "1s" } });
    (await shop.up({ activeColor: "green" })).orThrow();
    await expectLive("green");
    (await shop.up({ activeColor: "blue" })).orThrow();
    await expectLive("blue");
    expect(await shop.ask()).toMatchObject({ version: "1.2.0" });
  });

  it("is followed at once by the next one, which waits for what is left of it", async () => {
    await shop.edit({ verification: { bake: "60s" } });
    await shop.set({ activeColor: "green" });
    const run = shop.stack.start("up");
    await until("the switch to green", bakes("green"));
    await killAlone(run);
    (await shop.stack.cancel()).orThrow();
    (await shop.up({ activeColor: "blue" })).orThrow();
    await expectLive("blue");
  });

  it("or only cancelled, with SIGINT, ends its bake at once, back at the old color, and says so", async () => {
    await shop.edit({ verification: { bake: "60s" } });
    await shop.set({ activeColor: "green" });
    const run = shop.stack.start("up");
    await until("the switch to green", bakes("green"));
    run.kill("SIGINT");
    const { exit, output } = await run.result;
    expect(exit).not.toBe(0);
    expect(output).toMatch(/was reverted: green 1\.1\.0 was live, and the run was cancelled\. Traffic is back at blue/);
    await expectLive("blue");
    expect(await (await shop.world()).journal()).toMatch(/"outcome":"reverted","reason":"[^"]*cancelled/);
  });

  it("has cost no request all the while", async () => {
    const report = await load.stop();
    expect(report.failuresByReason).toEqual({});
    expect(report.sent).toBeGreaterThan(500);
  });
});
