import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Shop } from "./support/shop.ts";

describe("a wish that is taken back after its gate failed", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open({ gates: [{ run: "test $BLUEGREEN_COLOR = blue" }] });
    await shop.deployBoth();
  });
  afterAll(() => shop?.close());

  it("needs no gate: `up` ends well, runs none, and traffic is where it was", async () => {
    const runs = join(shop.project.dir, "runs");
    await shop.edit({ gates: [{ run: `echo $BLUEGREEN_COLOR >> ${runs}; test $BLUEGREEN_COLOR = blue` }] });
    expect((await shop.up({ activeColor: "green" })).exit).not.toBe(0);
    expect(await readFile(runs, "utf8")).toBe("green\n");

    (await shop.up({ activeColor: "blue" })).orThrow();
    expect(await readFile(runs, "utf8")).toBe("green\n");
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
    expect(await shop.recordedColor()).toBe("blue");
    expect((await shop.up()).orThrow().output).toMatch(/\d+ unchanged/);
  });

  it("is put through its gate when it is wished again, and never switched without", async () => {
    const up = await shop.up({ activeColor: "green" });
    expect(up.exit, up.output).not.toBe(0);
    expect(up.output).toContain("gate command-1 of green 1.1.0 failed");
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
  });

  it("is adopted without its gate once someone else has sent the traffic there", async () => {
    const runs = join(shop.project.dir, "runs");
    const before = await readFile(runs, "utf8");
    await (await shop.world()).moveByHand("green");
    (await shop.up({ activeColor: "green" })).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
    expect(await shop.recordedColor()).toBe("green");
    (await shop.up()).orThrow();
    expect(await readFile(runs, "utf8")).toBe(before);
  });
});
