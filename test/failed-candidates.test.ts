import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { until } from "@bluegreen/testkit/until";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bed } from "./support/bed.ts";
import { quickGate, Shop } from "./support/shop.ts";
import { underTraffic, untouched } from "./support/traffic.ts";

const logs =
  bed.platform === "docker" ? "docker logs shop-green-web-1-\\S+" : "kubectl logs --namespace \\S+ .*green\\S+";
const stopped = { failedCandidate: "stop" };

async function nothingRuns(shop: Shop, color: string): Promise<void> {
  const world = await shop.world();
  await until(`nothing of ${color} runs`, async () => (await world.running(color)).length === 0);
}

describe("a candidate that a gate has refused", () => {
  let shop: Shop;
  let green: string[];
  let file: (name: string) => string;
  beforeAll(async () => {
    shop = await Shop.open();
    file = (name) => join(shop.project.dir, name);
    await shop.deployBoth();
    green = await (await shop.world()).workloads("green");
    await shop.edit({ gates: [quickGate, { run: `test -e ${file("mended")}` }] });
  });
  afterAll(() => shop?.close());

  it("is kept to be looked at, and the failure says how", async () => {
    const { result: up, traffic } = await underTraffic(shop, () => shop.up({ activeColor: "green" }));
    expect(up.exit).not.toBe(0);
    expect(up.output).toMatch(new RegExp(`green 1\\.1\\.0 is left as it is; what it printed: \`${logs}\``));
    expect(await (await shop.world()).running("green")).toHaveLength(1);
    expect(traffic).toMatchObject(untouched("blue"));
  });

  it("is stopped where the program says so, and traffic is untouched", async () => {
    await shop.edit({ args: stopped });
    const { result: up, traffic } = await underTraffic(shop, () => shop.up());
    expect(up.exit).not.toBe(0);
    expect(up.output).toContain("gate command-2 of green 1.1.0 failed");
    expect(up.output).toContain("green 1.1.0 was stopped, and the next attempt starts it again");
    await nothingRuns(shop, "green");
    expect(traffic).toMatchObject(untouched("blue"));
    const world = await shop.world();
    expect(await world.leases()).toEqual([]);
    expect(await world.workloads("green")).toEqual(green);
  });

  it("stays so while it is not wished for", async () => {
    (await shop.up({ activeColor: "blue" })).orThrow();
    expect(await (await shop.world()).running("green")).toEqual([]);
  });

  it("is started again by the next attempt, before its gates, and goes live as what it was", async () => {
    await writeFile(file("mended"), "");
    const { result: up, traffic } = await underTraffic(shop, () => shop.up({ activeColor: "green" }));
    up.orThrow();
    expect(traffic.failures).toEqual([]);
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
    expect(await (await shop.world()).workloads("green")).toEqual(green);
  });

  it("is not stopped when somebody sends users to it meanwhile", async () => {
    const world = await shop.world();
    const gate = { run: `touch ${file("asked")}; while ! test -e ${file("go")}; do sleep 0.1; done; exit 1` };
    await shop.edit({ gates: [{ ...gate, timeout: "120s" }] });
    await rm(file("mended"));
    await shop.set({ activeColor: "blue" });
    const run = shop.stack.start("up");
    const asked = () =>
      rm(file("asked")).then(
        () => true,
        () => false,
      );
    await until("the gate runs", asked);
    await world.moveByHand("blue");
    await writeFile(file("go"), "");
    const up = await run.result;
    expect(up.exit).not.toBe(0);
    expect(up.output).toContain("blue 1.0.0 was not stopped, because the router sends traffic where this app did not");
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
  });
});

describe("a candidate that was reverted", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open({
      images: { blue: { web: "1.0.0" }, green: { web: "2.1.0-breaks" } },
      verification: { checks: [{ kind: "http", path: "/" }], bake: "20s", interval: "50ms" },
      args: stopped,
    });
    await shop.deployBoth();
  });
  afterAll(() => shop?.close());

  it("is stopped once traffic is back", async () => {
    const { result: up } = await underTraffic(shop, () => shop.up({ activeColor: "green" }));
    expect(up.exit).not.toBe(0);
    expect(up.output).toContain("Traffic is back at blue");
    expect(up.output).toContain("green 1.1.0 was stopped, and the next attempt starts it again");
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue", version: "1.0.0" });
    expect(await shop.recordedColor()).toBe("blue");
    await nothingRuns(shop, "green");
  });

  it("gives its place to a new version, which runs and goes live", async () => {
    await shop.edit({ images: { blue: { web: "1.0.0" }, green: { web: "1.2.0" } }, verification: { bake: "1s" } });
    (await shop.up({ green: "1.2.0" })).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green", version: "1.2.0" });
  });
});
