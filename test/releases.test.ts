import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bed } from "./support/bed.ts";
import { Shop, stepsOf } from "./support/shop.ts";
import { underTraffic, untouched } from "./support/traffic.ts";

/** How an edit of GREETING is listed while a color waits for its next version. */
const waits = (color: string, version: string) =>
  `${color} keeps its release ${version}; services.web.env.GREETING will come with its next version`;

/** A whole number of CPUs, which Docker's plugin reads back in other words than it is told. */
const wholeCpus = {
  resources: { cpus: 1 },
  ...(bed.platform === "kubernetes" ? { kubernetes: { requests: { cpus: 0.01 } } } : {}),
};

describe("a release", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
    await shop.deployBlue();
  });
  afterAll(() => shop?.close());

  it("is deployed and switched to in one up", async () => {
    const blue = await shop.backendIds("blue");
    const first = await underTraffic(shop, () => shop.up({ activeColor: "green", green: "1.1.0" }));
    first.result.orThrow();
    expect(first.traffic.failures).toEqual([]);
    expect(first.traffic.byColor.green).toBeGreaterThan(0);
    expect(await shop.backendIds("blue")).toEqual(blue);

    await shop.edit({ images: { blue: { web: "1.2.0" }, green: { web: "1.1.0" } } });
    const next = await underTraffic(shop, () => shop.up({ activeColor: "blue", blue: "1.2.0" }));
    next.result.orThrow();
    expect(next.traffic.failures).toEqual([]);
    expect(next.traffic.byVersion).not.toHaveProperty("1.0.0");
    expect(await shop.ask()).toEqual({ status: 200, color: "blue", version: "1.2.0" });
    expect(await shop.recordedColor()).toBe("blue");
  });

  it("is not changed under its users: another version for the live color is refused at preview and in up", async () => {
    const before = await shop.backendIds("blue");
    const preview = await shop.preview({ blue: "1.2.1" });
    expect(preview.exit).not.toBe(0);
    expect(preview.output).toMatch(/blue is live with version "1\.2\.0"; version "1\.2\.1" would change it/);
    const { result: up, traffic } = await underTraffic(shop, () => shop.up());
    expect(up.exit).not.toBe(0);
    expect(traffic).toMatchObject(untouched("blue"));
    expect(await shop.backendIds("blue")).toEqual(before);
  });

  it("may be changed under its users by who says so", async () => {
    const before = await shop.backendIds("blue");
    await shop.edit({ args: { allowLiveChange: true }, images: { blue: { web: "1.0.0" }, green: { web: "1.1.0" } } });
    (await shop.up({ blue: "1.2.1" })).orThrow();
    expect(await shop.backendIds("blue")).not.toEqual(before);
    expect(await shop.ask()).toEqual({ status: 200, color: "blue", version: "1.0.0" });
    expect((await shop.environment("blue")).BLUEGREEN_RELEASE).toBe("1.2.1");
    const journal = await (await shop.world()).journal();
    expect(journal).toContain('"outcome":"kept","reason":"","overrides":["allowLiveChange blue 1.2.0 -> 1.2.1"]');
    expect(await shop.recordedColor()).toBe("blue");
    await shop.edit({ args: {} });
  });
});

describe("an edit for all colors", () => {
  let shop: Shop;
  let blue: { ids: string[]; env: Record<string, string> };
  let green: string[];
  beforeAll(async () => {
    // The tests' machine may not have a whole one for every container.
    const args = { allowOvercommit: true };
    shop = await Shop.open({ args, services: { web: { env: { GREETING: "hello" }, ...wholeCpus } } });
    // Both have been live: both are sealed.
    (await shop.up({ activeColor: "green", blue: "1.0.0", green: "1.1.0" })).orThrow();
    (await shop.up({ activeColor: "blue" })).orThrow();
    blue = { ids: await shop.backendIds("blue"), env: await shop.environment("blue") };
    green = await shop.backendIds("green");
  });
  afterAll(() => shop?.close());

  it("is none as long as nothing is edited: there is nothing to do, and nothing is touched", async () => {
    const { traffic } = await underTraffic(shop, () => shop.nothingToDo());
    expect(traffic).toMatchObject(untouched("blue"));
    expect(await shop.backendIds("blue")).toEqual(blue.ids);
    expect(await shop.backendIds("green")).toEqual(green);
  });

  it("by a transform of the whole stack changes no release, and comes with the next version", async () => {
    await shop.edit({ stackTag: "payments" });
    expect(await shop.previewSteps()).toEqual([]);
    const { result: up, traffic } = await underTraffic(shop, () => shop.up());
    up.orThrow();
    expect(traffic).toMatchObject(untouched("blue"));
    expect(await shop.backendIds("blue")).toEqual(blue.ids);
    expect(await shop.backendIds("green")).toEqual(green);
  });

  it("is listed as pending and changes nothing that runs while no version is new", async () => {
    await shop.edit({ services: { web: { env: { GREETING: "good evening" }, ...wholeCpus } } });
    const steps = await shop.previewSteps();
    expect([...stepsOf(steps, "blue"), ...stepsOf(steps, "green")]).toEqual([]);
    const preview = await shop.preview();
    expect(preview.output).toContain(waits("blue", "1.0.0"));
    expect(preview.output).toContain(waits("green", "1.1.0"));
    const { result: up, traffic } = await underTraffic(shop, () => shop.up());
    up.orThrow();
    expect(traffic).toMatchObject(untouched("blue"));
    expect(await shop.backendIds("blue")).toEqual(blue.ids);
    expect(await shop.backendIds("green")).toEqual(green);
    expect((await shop.stack.outputs()).pending).toEqual([waits("blue", "1.0.0"), waits("green", "1.1.0")]);
  });

  it("reaches the idle color with its next version, and that color only", async () => {
    const steps = await shop.previewSteps({ green: "1.2.0" });
    expect(stepsOf(steps, "green").join()).toContain("shop-green-web");
    expect(stepsOf(steps, "blue")).toEqual([]);
    (await shop.up()).orThrow();
    expect(await shop.environment("green")).toMatchObject({ GREETING: "good evening", BLUEGREEN_RELEASE: "1.2.0" });
    expect((await (await shop.world()).backends("green")).map(({ labels }) => labels.team)).toEqual(["payments"]);
    expect(await shop.backendIds("blue")).toEqual(blue.ids);
    expect((await shop.stack.outputs()).pending).toEqual([waits("blue", "1.0.0")]);
  });

  it("does not reach what a rollback brings back", async () => {
    (await shop.up({ activeColor: "green" })).orThrow();
    expect(await shop.ask()).toMatchObject({ color: "green" });
    const { result: rollback, traffic } = await underTraffic(shop, () => shop.up({ activeColor: "blue" }));
    rollback.orThrow();
    expect(traffic.failures).toEqual([]);
    expect(await shop.ask()).toEqual({ status: 200, color: "blue", version: "1.0.0" });
    expect(await shop.backendIds("blue")).toEqual(blue.ids);
    expect(await shop.environment("blue")).toEqual(blue.env);
    expect(blue.env.GREETING).toBe("hello");
  });

  it("of the number of containers applies at once, and the router uses all of them", async () => {
    await shop.edit({ services: { web: { env: { GREETING: "good evening" }, ...wholeCpus, replicas: 2 } } });
    const more = await underTraffic(shop, () => shop.up());
    more.result.orThrow();
    expect(more.traffic).toMatchObject(untouched("blue"));
    for (const color of ["blue", "green"]) expect(await shop.backends(color)).toHaveLength(2);
    expect(await shop.backendIds("blue")).toEqual(expect.arrayContaining(blue.ids));
    const instances = async () => new Set(await Promise.all(Array.from({ length: 20 }, () => shop.instance()))).size;
    await expect.poll(instances, { timeout: 20_000 }).toBe(2);
    expect((await shop.environment("blue")).GREETING).toBe("hello");
  });

  it("of the number of containers takes the surplus ones away again, without a failed request", async () => {
    await shop.edit({ services: { web: { env: { GREETING: "good evening" }, ...wholeCpus, replicas: 1 } } });
    const { result: up, traffic } = await underTraffic(shop, () => shop.up());
    up.orThrow();
    expect(traffic.failures).toEqual([]);
    expect(await shop.backendIds("blue")).toEqual(blue.ids);
  });
});
