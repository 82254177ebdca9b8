import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bed } from "./support/bed.ts";
import { Shop } from "./support/shop.ts";
import { underTraffic, untouched } from "./support/traffic.ts";

const where = bed.platform === "docker" ? "on the Docker host" : "on node \\S+";
const refused = new RegExp(
  `green 1\\.1\\.0 needs 9000\\.00 GB of memory for 2 × web; free ${where}: \\d+\\.\\d\\d GB of memory`,
);
const sized = (memory: string) => ({ web: { replicas: 2, resources: { memory } } });

describe("a candidate that has no room beside the live color", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open({ services: sized("64MB") });
    await shop.deployBlue();
  });
  afterAll(() => shop?.close());

  it("is refused by preview with what it needs, what is free, and what to do", async () => {
    await shop.edit({ services: sized("4500GB") });
    const preview = await shop.preview({ green: "1.1.0" });
    expect(preview.exit).not.toBe(0);
    expect(preview.output).toMatch(refused);
    expect(preview.output).toMatch(/at services\.web\.resources → .*`allowOvercommit: true`/);
  });

  it("is refused by up before anything is created, and traffic is untouched", async () => {
    const inventory = await shop.inventory();
    const { result: up, traffic } = await underTraffic(shop, () => shop.up({ activeColor: "green" }));
    expect(up.exit).not.toBe(0);
    expect(up.output).toMatch(refused);
    expect(traffic).toMatchObject(untouched("blue"));
    expect(await shop.inventory()).toEqual(inventory);
  });

  it("is refused by preview no more where the user says so", async () => {
    await shop.edit({ args: { allowOvercommit: true } });
    const preview = (await shop.preview()).orThrow();
    expect(preview.output).toContain("shop-green-web");
  });

  it.runIf(bed.platform === "docker")(
    "goes live then, where the platform lets it, and the journal says so",
    async () => {
      (await shop.up()).orThrow();
      expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
      const journal = await (await shop.world()).journal();
      expect(journal).toMatch(
        /"overrides":\["allowOvercommit green 1\.1\.0 needs 9000\.00 GB of memory for 2 .{1,2} web; /,
      );
      await shop.edit({ args: {} });
      expect(await shop.previewSteps()).toEqual([]);
    },
  );

  it("is deployed once it needs no more than there is, and what runs always fits", async () => {
    await shop.edit({ args: {}, services: sized("64MB") });
    const color = bed.platform === "docker" ? "blue" : "green";
    (await shop.up({ activeColor: color, [color]: "1.2.0" })).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color });
    await shop.edit({ services: sized("5000GB") });
    expect(await shop.previewSteps()).toEqual(["update shop-interlock"]);
    const more = await shop.preview({ [color === "blue" ? "green" : "blue"]: "1.3.0" });
    expect(more.output).toMatch(/needs 10000\.00 GB of memory for 2 × web/);
  });
});
