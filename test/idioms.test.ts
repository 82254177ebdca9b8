import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bed } from "./support/bed.ts";
import { Shop } from "./support/shop.ts";
import { underTraffic, untouched } from "./support/traffic.ts";

const onDocker = bed.platform === "docker";
/** As which a color's `web` is declared. */
const child = (color: string) => `shop-${color}-web${onDocker ? "-1" : ""}`;

/** Pulumi's own commands, by which people go past the program. */
describe("an app of which", () => {
  let shop: Shop;
  beforeAll(async () => {
    // Kubernetes ends a pod while some of its nodes still lead to it.
    shop = await Shop.open({ services: { web: { env: { FAREWELL_MS: "3000" } } } });
    await shop.deployBoth();
  });
  afterAll(() => shop?.close());

  const urnOf = async (name: string, type?: string) => (await shop.stack.resource(name, type)).urn;
  const wholeApp = () => urnOf("shop", "bluegreen:index:BlueGreenApp");

  /** `pulumi state delete`: whatever is there stays, and nobody knows of it. */
  async function forget(name: string): Promise<void> {
    (await shop.stack.run(["state", "delete", await urnOf(name), "--target-dependents", "--yes"])).orThrow();
  }

  /** An `up` under traffic, after which what state says is what answers. */
  async function upUnderTraffic(color: "blue" | "green", ...given: Parameters<Shop["up"]>) {
    const { result: up, traffic } = await underTraffic(shop, () => shop.up(...given));
    expect(traffic.failures, up.output).toEqual([]);
    expect(await shop.recordedColor()).toBe(color);
    expect(await shop.ask()).toMatchObject({ status: 200, color });
    return { up, traffic };
  }

  describe("a part is the --target, while a switch is wished,", () => {
    it("has no other part changed", async () => {
      const target = [await urnOf(child("green")), await wholeApp()];
      const { up, traffic } = await upUnderTraffic("blue", { activeColor: "green" }, { target });
      up.orThrow();
      expect(traffic).toMatchObject(untouched("blue"));
    });

    it("is not switched for what depends on that part: of an idle color that is not the cutover", async () => {
      const target = [await urnOf(child("green"))];
      const { up, traffic } = await upUnderTraffic("blue", {}, { target, args: ["--target-dependents"] });
      up.orThrow();
      expect(traffic).toMatchObject(untouched("blue"));
    });

    it("is switched where that is the app with its dependents, and all of it", async () => {
      const target = [await wholeApp()];
      const { up } = await upUnderTraffic("green", {}, { target, args: ["--target-dependents"] });
      up.orThrow();
      expect(await shop.previewSteps()).toEqual([]);
    });
  });

  it("state has lost the containers of both colors gets others, and then goes without those that it had", async () => {
    for (const color of ["blue", "green"]) await forget(child(color));
    (await upUnderTraffic("green")).up.orThrow();
    (await upUnderTraffic("green", {}, { refresh: true })).up.orThrow();
    for (const color of ["blue", "green"]) expect(await shop.backends(color), color).toHaveLength(1);
    expect(await shop.previewSteps()).toEqual([]);
  });

  it("state has lost the live containers keeps them, once `pulumi import` has brought them back", async () => {
    const { type, id = "", provider = "" } = await shop.stack.resource(child("green"));
    const ids = await shop.backendIds("green");
    await forget(child("green"));
    const of = [
      "--parent",
      `app=${await wholeApp()}`,
      "--provider",
      `given=${provider.slice(0, provider.lastIndexOf("::"))}`,
    ];
    const rest = ["--protect=false", "--generate-code=false", "--skip-preview", "--yes"];
    (await shop.stack.run(["import", type, child("green"), id, ...of, ...rest])).orThrow();
    (await upUnderTraffic("green")).up.orThrow();
    expect(await shop.backendIds("green")).toEqual(ids);
    expect(await shop.previewSteps()).toEqual([]);
  });

  it("state has lost the router keeps the one that it has, once that is taken back", async () => {
    await forget("shop-router");
    const [id] = await shop.backendIds("green");
    const router = async () => (await shop.world()).inventory();
    const before = await router();
    // On Kubernetes Pulumi creates over what is there.
    const preview = await shop.preview();
    if (onDocker) expect(preview.output).toContain(`takeOver: "${await shop.identity()}"`);
    await shop.edit({ args: { takeOver: await shop.identity() } });
    (await upUnderTraffic("green")).up.orThrow();
    expect(await router()).toEqual(before);
    expect(await shop.backendIds("green")).toEqual([id]);
    await shop.nothingToDo();
    await shop.edit({ args: {} });
    expect(await shop.previewSteps()).toEqual([]);
  });
});
