import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Shop, withBot } from "./support/shop.ts";

/** The record is kept without a router, and before there is anything of the app. */
describe("migrations of an app without a live address", () => {
  let shop: Shop;
  let log: string;

  beforeAll(async () => {
    shop = await Shop.open({
      ...withBot,
      gates: [{ kind: "running", healthyFor: "100ms", interval: "50ms" }],
      verification: { bake: "500ms", interval: "100ms", answers: 2 },
    });
    log = join(shop.project.dir, "migrations.log");
    await writeFile(log, "");
    await shop.edit({ migrations: { blue: { expand: step }, green: { expand: step, contract: step } } });
  });
  afterAll(() => shop?.close());

  const step = { run: 'echo "$BLUEGREEN_MIGRATION of $BLUEGREEN_RELEASE" >> migrations.log' };
  const ran = async () => (await readFile(log, "utf8")).split("\n").filter(Boolean);
  const running = async (color: string) => (await shop.world()).running(color);

  it("run before its first release does", async () => {
    await shop.deployBlue();
    expect(await ran()).toEqual(["expand of 1.0.0"]);
    expect(await running("blue")).toHaveLength(2);
  });

  it("don't touch what runs, and come before and after the handover, once each", async () => {
    const before = await running("blue");
    (await shop.up({ green: "1.1.0" })).orThrow();
    expect(await ran()).toEqual(["expand of 1.0.0", "expand of 1.1.0"]);
    expect(await running("blue")).toEqual(before);
    (await shop.up({ activeColor: "green" })).orThrow();
    expect(await ran()).toEqual(["expand of 1.0.0", "expand of 1.1.0", "contract of 1.1.0"]);
    expect(await running("green")).toHaveLength(2);
    expect(await shop.recordedColor()).toBe("green");
    expect((await shop.up()).orThrow().output).toMatch(/\d+ unchanged/);
    expect(await ran()).toHaveLength(3);
  });

  it("are a point of no return that the way back meets", async () => {
    const back = await shop.up({ activeColor: "blue" });
    expect(back.exit, back.output).not.toBe(0);
    expect(back.output).toContain("contract");
    expect(await running("green")).toHaveLength(2);
  });
});
