import type { CommandResult } from "@bluegreen/testkit/engine/pulumi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Shop } from "./support/shop.ts";
import { underTraffic, untouched } from "./support/traffic.ts";

/** A user's mistake is told in words, without a stack. */
function expectWordsOnly(result: CommandResult): void {
  expect(result.exit).not.toBe(0);
  expect(result.output).not.toMatch(/\.[cm]?[jt]s:\d+/);
  expect(result.output).not.toMatch(/node_modules|node:internal|blue-green-app/);
}

const malformed = {
  services: { web: { replicas: 0, ready: "health", resources: { memory: "plenty" }, colour: "red" } },
  gates: [{ path: "/health/ready", healthyFor: "soon" }],
  verification: { bake: 5 },
};

describe("settings with faults", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterAll(() => shop?.close());

  const names = async () => ((await shop.stack.export()).deployment.resources ?? []).map((one) => one.urn);

  it("are all refused at preview at once, each with its place, its value and what to do", async () => {
    await shop.edit(malformed);
    const preview = await shop.preview({ activeColor: "gren", blue: "one two" });
    expectWordsOnly(preview);
    expect(preview.output).toContain('BlueGreenApp "shop": 10 problems');
    for (const fault of [
      /✖ activeColor is "gren"; it must be "blue" or "green"\n.* → pulumi config set activeColor blue/,
      /✖ releases\.blue\.version is "one two"; it must be 1 to 100 letters/,
      /✖ services\.web\.replicas is 0; it must be at least 1/,
      /✖ services\.web\.ready is "health"; it must be a path/,
      /✖ services\.web\.resources\.memory is "plenty"; it must be a size/,
      /✖ "colour" is not a setting\n.*at services\.web\.colour/,
      /✖ gates\.0\.healthyFor is "soon"; it must be a duration/,
      /✖ verification\.bake is 5; it must be a string/,
    ]) {
      expect(preview.output).toMatch(fault);
    }
  });

  it("create nothing, in preview or in up", async () => {
    const up = await shop.up();
    expectWordsOnly(up);
    expect(up.output).toContain("10 problems");
    expect((await names()).filter((urn) => /interlock|docker:|kubernetes:/.test(urn))).toEqual([]);
    expect((await shop.ask()).status).toBe(0);
  });

  it("that do not fit each other are refused together, too", async () => {
    await shop.edit({
      services: { web: { ready: "/health/ready" } },
      gates: undefined,
      verification: {},
      images: { blue: { db: "1.0.0" } },
      router: {},
    });
    const preview = await shop.preview({ activeColor: "green", blue: "1.0.0" });
    expectWordsOnly(preview);
    expect(preview.output).toMatch(/✖ "db" is not a service/);
    expect(preview.output).toMatch(/✖ blue 1\.0\.0 has no image for "web"/);
    expect(preview.output).toMatch(/✖ activeColor is "green", and green has no release/);
    expect((await names()).filter((urn) => /docker:|kubernetes:/.test(urn))).toEqual([]);
  });
});

describe("a fault in the settings of an app that is live", () => {
  let shop: Shop;
  let blue: string[];
  beforeAll(async () => {
    shop = await Shop.open();
    await shop.deployBlue();
    blue = await shop.backendIds("blue");
  });
  afterAll(() => shop?.close());

  it.each([
    ["an unknown color", "gren", /activeColor is "gren"; it must be "blue" or "green"/],
    ["a color without a release", "green", /activeColor is "green", and green has no release/],
    ["a color in capitals", "BLUE", /activeColor is "BLUE"/],
  ])("is refused in preview and up, and nothing is touched: %s", async (_what, activeColor, fault) => {
    const preview = await shop.preview({ activeColor });
    expectWordsOnly(preview);
    expect(preview.output).toMatch(fault);
    const { result: up, traffic } = await underTraffic(shop, () => shop.up());
    expectWordsOnly(up);
    expect(up.output).toMatch(fault);
    expect(traffic).toMatchObject(untouched("blue"));
    expect(await shop.backendIds("blue")).toEqual(blue);
    expect(await shop.recordedColor()).toBe("blue");
  });

  it("is refused when the live color's release is gone from the program", async () => {
    const preview = await shop.preview({ activeColor: "blue", blue: undefined, green: "1.1.0" });
    expectWordsOnly(preview);
    expect(preview.output).toMatch(/activeColor is "blue", and blue has no release/);
    const switching = await shop.preview({ activeColor: "green" });
    expectWordsOnly(switching);
    expect(switching.output).toMatch(/blue is live with version "1\.0\.0", and the program has no release for it/);
    expect(switching.output).toContain("switch to the other color first, then remove it");
  });
});
