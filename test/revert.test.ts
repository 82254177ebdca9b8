import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Shop } from "./support/shop.ts";
import { underTraffic, untouched } from "./support/traffic.ts";

/** Breaks after 200 answers of "/", so what users ask for is what verification must look at. */
const broken = "2.1.0-breaks";

describe("a release that breaks after it went live", () => {
  let shop: Shop;
  let blue: string[];
  beforeAll(async () => {
    shop = await Shop.open({
      images: { blue: { web: "1.0.0" }, green: { web: broken } },
      verification: { checks: [{ kind: "http", path: "/" }], bake: "20s", interval: "50ms" },
      smoke: true,
    });
    await shop.deployBoth();
    blue = await shop.backendIds("blue");
  });
  afterAll(() => shop?.close());

  /** The name by which the refusal says that the release may be tried again. */
  let retry: string;

  it("is taken back by itself, and nobody but its own users saw it fail", async () => {
    const smokes = await shop.smokes();
    const { result: up, traffic } = await underTraffic(shop, () => shop.up({ activeColor: "green" }));
    expect(up.exit).not.toBe(0);
    expect(await shop.smokes(), "nothing ran that depends on the app").toEqual(smokes);
    expect(up.output).toMatch(/green 1\.1\.0 failed after the switch: green answered \/ with 500, not 200/);
    expect(up.output).toContain("Traffic is back at blue");
    expect(traffic.byVersion[broken]).toBeGreaterThan(100);
    expect(traffic.failures.filter((failure) => failure.version !== broken || failure.status !== 500)).toEqual([]);
    expect(traffic.lastAnswer.blue).toBeGreaterThan(traffic.lastAnswer.green ?? 0);
    expect(await shop.ask()).toEqual({ status: 200, color: "blue", version: "1.0.0" });
    expect(await shop.recordedColor()).toBe("blue");
    expect(await shop.backendIds("blue")).toEqual(blue);
  });

  it("is refused by the same wish in preview already", async () => {
    const preview = await shop.preview();
    expect(preview.exit).not.toBe(0);
    expect(preview.output).toMatch(/green 1\.1\.0 was reverted after going live \(attempt 2, .*\): .*500/);
    retry = /retry: "([^"]+)"/.exec(preview.output)?.[1] ?? "";
    expect(retry).toBe("1.1.0#2");
  });

  it("is refused by the same wish in up, and traffic is untouched", async () => {
    const { result: up, traffic } = await underTraffic(shop, () => shop.up());
    expect(up.exit).not.toBe(0);
    expect(up.output).toContain("was reverted after going live");
    expect(traffic).toMatchObject(untouched("blue"));
    expect(await shop.recordedColor()).toBe("blue");
  });

  it("leaves nothing to do when the config is set back, and says how the last attempt ended", async () => {
    expect(await shop.stack.outputs()).toMatchObject({ lastAttempt: { attempt: 1, outcome: "switched" } });
    // The colors' sizes follow the wish on Kubernetes; here they are what they were. The interlock learns what failed.
    const steps = await shop.previewSteps({ activeColor: "blue" });
    expect(steps.filter((step) => !/ shop-(replicas|retire|interlock)$/.test(step))).toEqual([]);
    const { result: up, traffic } = await underTraffic(shop, () => shop.up());
    expect(up.orThrow().output).toMatch(/\d+ unchanged/);
    // The engine only forgets the gate's run before the last, which the failed update had replaced.
    expect(up.output).not.toMatch(/shop-(?!gate-|replicas|retire|interlock).*(updated|replaced|created|deleted)/);
    expect(traffic).toMatchObject(untouched("blue"));
    expect(await shop.recordedColor()).toBe("blue");
    const { cutover, lastAttempt } = await shop.stack.outputs();
    expect(cutover).toMatchObject({ attempt: 1, outcome: "switched", to: "blue" });
    const reason = expect.stringContaining("green answered / with 500");
    expect(lastAttempt).toMatchObject({ attempt: 2, outcome: "reverted", to: "green", release: "1.1.0", reason });
  });

  it("is still refused after that", async () => {
    const preview = await shop.preview({ activeColor: "green" });
    expect(preview.exit).not.toBe(0);
    expect(preview.output).toContain("was reverted after going live");
  });

  it("is tried once more when it is named, and no more than once", async () => {
    const { result: up, traffic } = await underTraffic(shop, () => shop.up({ retry }));
    expect(up.exit).not.toBe(0);
    expect(up.output).toContain("green 1.1.0 failed after the switch");
    expect(traffic.failures.filter((failure) => failure.version !== broken)).toEqual([]);
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
    expect(await (await shop.world()).journal()).toContain('"overrides":["retry 1.1.0#2"]');
    const again = await underTraffic(shop, () => shop.up());
    expect(again.result.exit).not.toBe(0);
    expect(again.result.output).toContain('retry: "1.1.0#3"');
    expect(again.traffic).toMatchObject(untouched("blue"));
    expect(await shop.recordedColor()).toBe("blue");
  });

  it("gives way to a new version, which goes live", async () => {
    await shop.edit({
      images: { blue: { web: "1.0.0" }, green: { web: "1.2.0" } },
      verification: { checks: [{ kind: "http", path: "/" }], bake: "1s", interval: "50ms" },
    });
    const { result: up, traffic } = await underTraffic(shop, () => shop.up({ retry: undefined, green: "1.2.0" }));
    up.orThrow();
    expect(traffic.failures).toEqual([]);
    expect(await shop.ask()).toEqual({ status: 200, color: "green", version: "1.2.0" });
    expect(await shop.recordedColor()).toBe("green");
    const { cutover, lastAttempt } = await shop.stack.outputs();
    expect(lastAttempt).toEqual(cutover);
  });
});
