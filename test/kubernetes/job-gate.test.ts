import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesWorld } from "../support/bed/kubernetes.ts";
import { Shop } from "../support/shop.ts";

const image = "localhost/bluegreen/shop:1.0.0";
const shell = (script: string, more: object = {}) => ({
  image,
  command: ["sh", "-c", script],
  timeout: "30s",
  ...more,
});

describe("a gate that is a job in the cluster", () => {
  let shop: Shop;
  let world: KubernetesWorld;
  beforeAll(async () => {
    shop = await Shop.open({ gates: [{ path: "/health/ready", within: "3s", interval: "100ms" }] });
    await shop.deployBoth();
    world = (await shop.world()) as KubernetesWorld;
  });
  afterAll(() => shop?.close());

  const jobs = () => world.api.list("Job", { "bluegreen/app": world.identity });

  it("that fails keeps traffic where it is, and shows the end of its output without its secrets", async () => {
    await shop.edit({
      gates: [shell('echo "token=$TOKEN for $BLUEGREEN_COLOR"; exit 3', { secretEnv: { TOKEN: "hunter2" } })],
    });
    const up = await shop.up({ activeColor: "green" });
    expect(up.exit).not.toBe(0);
    expect(up.output).toContain("token=[secret] for green");
    expect(up.output).toContain("the job failed");
    expect(up.output).not.toContain("hunter2");
    expect(await shop.ask()).toMatchObject({ color: "blue" });
    expect(await jobs()).toEqual([]);
    (await shop.up({ activeColor: "blue" })).orThrow();
  });

  it("is ended at its deadline", async () => {
    await shop.edit({ gates: [shell("sleep 300", { timeout: "4s" })] });
    const up = await shop.up({ activeColor: "green" });
    expect(up.exit).not.toBe(0);
    expect(up.output).toContain("the job did not end within 4s");
    expect(await jobs()).toEqual([]);
    (await shop.up({ activeColor: "blue" })).orThrow();
  });

  it("reaches the candidate inside the cluster, and lets it go live when it ends well", async () => {
    const script = 'wget -q -O - "$BLUEGREEN_CANDIDATE_URL/" | grep -q "\\"color\\":\\"green\\""';
    await shop.edit({ gates: [shell(script)] });
    (await shop.up({ activeColor: "green" })).orThrow();
    expect(await shop.ask()).toMatchObject({ color: "green" });
    expect(await jobs()).toEqual([]);
  });
});
