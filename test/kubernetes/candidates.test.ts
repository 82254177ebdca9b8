import type { Load } from "@bluegreen/testkit/load/load";
import { until } from "@bluegreen/testkit/until";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { KubernetesWorld } from "../support/bed/kubernetes.ts";
import { quickGate, Shop } from "../support/shop.ts";
import { traffic, untouched } from "../support/traffic.ts";

/** How long users may meet a live color that has lost its pods: the bake asks every 200 ms and then moves them back. */
const outageMs = 30_000;

describe("a candidate whose pods", () => {
  let shop: Shop;
  let world: KubernetesWorld;
  let load: Load;
  beforeAll(async () => {
    shop = await Shop.open({}, { via: "proxy", startWithin: "10s" });
    await shop.deployBlue();
    world = (await shop.world()) as KubernetesWorld;
  });
  afterAll(() => shop?.close());
  beforeEach(async () => {
    load = await traffic(shop.url);
  });
  afterEach(async () => {
    await load.stop();
  });

  async function expectBlue(): Promise<void> {
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue", version: "1.0.0" });
    expect(await shop.recordedColor()).toBe("blue");
    expect((await world.router()).spec.selector).toMatchObject({ "bluegreen/color": "blue" });
    expect(await world.leases()).toEqual([]);
  }

  it.each([
    ["never become ready", { images: { blue: { web: "1.0.0" }, green: { web: "2.0.0-unhealthy" } } }, "1.1.0"],
    ["crash as soon as they start", { services: { web: { env: { CRASH_AFTER: "0" } } } }, "1.1.1"],
  ])("%s is refused before any gate, and traffic is untouched", async (_what, edits, green) => {
    await shop.edit({ images: { blue: { web: "1.0.0" }, green: { web: "1.1.0" } }, ...edits });
    const up = await shop.up({ activeColor: "green", green });
    expect(up.exit).not.toBe(0);
    expect(up.output).toContain("shop-green-web");
    expect(up.output).not.toContain("shop-gate-http-1 (create");
    expect(await load.stop()).toMatchObject(untouched("blue"));
    await expectBlue();
    await shop.edit({ services: {} });
  });

  it("have gone while its gates ran is not switched to", async () => {
    await shop.edit({ images: { blue: { web: "1.0.0" }, green: { web: "1.1.0" } } });
    (await shop.up({ activeColor: "blue", green: "1.1.2" })).orThrow();
    const [web] = await world.deployments("green");
    const scale = `"$BLUEGREEN_KUBECTL" -n ${world.api.namespace} scale deployment ${web?.metadata.name} --replicas=0`;
    const gone = `until test -z "$("$BLUEGREEN_KUBECTL" -n ${world.api.namespace} get pods -o name -l bluegreen/color=green)"`;
    await shop.edit({ gates: [{ run: `${scale} && ${gone}; do sleep 0.2; done`, timeout: "60s" }] });
    const up = await shop.up({ activeColor: "green" });
    expect(up.exit).not.toBe(0);
    expect(up.output).toMatch(/gate command-1 of green 1\.1\.2 failed: no running pod/);
    expect(await load.stop()).toMatchObject(untouched("blue"));
    await expectBlue();
    await world.api.patch("Deployment", web!.metadata.name, { spec: { replicas: 1 } });
    await until("green is back", async () => (await world.backends("green")).length === 1);
  });

  it.each([
    ["are scaled to zero", (name: string) => world.api.patch("Deployment", name, { spec: { replicas: 0 } })],
    ["vanish with their Deployment", (name: string) => world.api.remove("Deployment", name)],
  ])("%s during verification is reverted by itself", async (what, takeAway) => {
    await shop.edit({ gates: [quickGate], verification: { bake: "60s", interval: "200ms" } });
    // Each of them is a version of its own: the one before is latched.
    const green = what.includes("scaled") ? "1.1.3" : "1.1.4";
    await shop.set({ activeColor: "green", green });
    const run = shop.stack.start("up");
    await until("the switch", async () => {
      if (!run.running) throw new Error(`the run ended before the switch:\n${run.output}`);
      return (await shop.ask()).color === "green";
    });
    const [web] = await world.deployments("green");
    const from = load.mark(what);
    await takeAway(web!.metadata.name);
    const up = await run.result;
    expect(up.exit).not.toBe(0);
    expect(up.output).toContain(`green ${green} failed after the switch`);
    expect(up.output).toContain("Traffic is back at blue");
    await expectBlue();
    const report = await load.stop();
    const times = report.failures.map(({ at }) => at - from);
    expect(Math.min(0, ...times), "no failure before its pods went").toBe(0);
    expect(Math.max(0, ...times), "and none for long").toBeLessThan(outageMs);
    expect(report.byColor.green).toBeGreaterThan(0);
  });

  it("are there again, of a version that is mended, goes live", async () => {
    await shop.edit({ verification: { bake: "1s" } });
    (await shop.up({ activeColor: "green", green: "1.1.5" })).orThrow();
    expect(await load.stop()).toMatchObject({ failed: 0 });
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
    expect(await shop.recordedColor()).toBe("green");
  });
});
