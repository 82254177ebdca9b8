import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Shop } from "../support/shop.ts";
import { traffic } from "../support/traffic.ts";

const withinSeconds = 30;

describe("connections that clients keep", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open({
      drain: { within: `${withinSeconds}s` },
      services: { web: { replicas: 2, env: { FAREWELL_MS: "3000" } } },
    });
    await shop.deployBoth();
  });
  afterAll(() => shop?.close());

  it("move with the switch, within the time that is stated for it, and lose no request", async () => {
    const load = await traffic(shop.url, { rate: 100, kept: 20, newShare: 0.2 });
    const before = await shop.backendIds("blue");
    (await shop.up({ activeColor: "green" })).orThrow();
    const { cutover } = (await shop.stack.outputs()) as { cutover: Record<string, any> };
    expect(cutover.drain).toMatchObject({ color: "blue", backends: 2, moved: 2, remaining: [] });
    expect(cutover.drain.ms).toBeLessThanOrEqual(withinSeconds * 1_000 + 1_000);

    const from = load.mark("drained");
    await expect.poll(async () => (await load.since(from)).sent, { timeout: 10_000 }).toBeGreaterThan(200);
    expect((await load.since(from)).byColor).toMatchObject({ blue: 0, none: 0 });
    const report = await load.stop();
    expect(report.failuresByReason).toEqual({});
    expect(report.byKind.kept).toBeGreaterThan(report.byKind.new);
    // The idle color is warm again, in pods of its own, for a rollback.
    await expect.poll(async () => (await shop.backends("blue")).length, { timeout: 30_000 }).toBe(2);
    expect((await shop.backendIds("blue")).filter((id) => before.includes(id))).toEqual([]);
  });

  it("stay where they are with `drain: null`", async () => {
    await shop.edit({ drain: null });
    const load = await traffic(shop.url, { rate: 100, kept: 10, newShare: 0.2 });
    const before = await shop.backendIds("green");
    (await shop.up({ activeColor: "blue" })).orThrow();
    const from = load.mark("switched");
    await expect.poll(async () => (await load.since(from)).sent, { timeout: 10_000 }).toBeGreaterThan(100);
    const after = await load.since(from);
    expect(after.byColor.green).toBeGreaterThan(0);
    expect(after.byColor.blue).toBeGreaterThan(0);
    expect((await load.stop()).failuresByReason).toEqual({});
    expect(await shop.backendIds("green")).toEqual(before);
  });
});
