import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isProvider } from "@bluegreen/testkit/processes";
import { until } from "@bluegreen/testkit/until";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bed, type Front } from "./support/bed.ts";
import { killAlone, leases } from "./support/killing.ts";
import { ask, quickGate, Shop } from "./support/shop.ts";
import { traffic } from "./support/traffic.ts";

/** Breaks after 200 answers of "/". */
const broken = "2.1.0-breaks";

describe("two routers of one app", () => {
  let shop: Shop;
  let chat: Front;
  beforeAll(async () => {
    shop = await Shop.open({
      images: { blue: { web: "1.0.0", chat: "1.0.0" }, green: { web: "1.1.0", chat: "1.1.0" } },
      services: { chat: { port: 8080, ready: "/health/ready" } },
      gates: [quickGate, { ...quickGate, service: "chat" }],
      verification: verification("1s"),
    });
    chat = await shop.ground.front("chat");
    await shop.edit({ apps: [{ name: "shop", router: [shop.front.router, { ...chat.router, expose: "chat" }] }] });
    await shop.deployBoth();
  });
  afterAll(() => shop?.close());

  function verification(bake: string) {
    const checks = [
      { kind: "http", path: "/" },
      { kind: "http", path: "/", service: "chat" },
    ];
    return { checks, bake, interval: "50ms" };
  }

  const colors = async () => [(await shop.ask()).color, (await ask(chat.url)).color];
  const both = (color: string) => async () => (await colors()).every((one) => one === color);

  async function expectLive(color: string): Promise<void> {
    expect(await colors()).toEqual([color, color]);
    expect(await shop.recordedColor()).toBe(color);
    expect(await leases(shop)).toEqual([]);
  }

  /** Under traffic through both live addresses. */
  async function underTraffic<T>(work: () => Promise<T>) {
    const loads = [await traffic(shop.url), await traffic(chat.url)];
    try {
      const result = await work();
      const [web, second] = await Promise.all(loads.map((load) => load.stop()));
      if (!web || !second) throw new Error("a load was not started");
      return { result, web, chat: second };
    } finally {
      await Promise.all(loads.map((load) => load.stop()));
    }
  }

  it("give the app an address each", async () => {
    expect(await shop.stack.outputs()).toMatchObject({ url: shop.url, urls: { web: shop.url, chat: chat.url } });
    await expectLive("blue");
  });

  it("switch as one, and back", async () => {
    const { result: spans, ...loads } = await underTraffic(async () => {
      const spans: number[] = [];
      for (const color of ["green", "blue"]) {
        (await shop.up({ activeColor: color })).orThrow();
        await expectLive(color);
        spans.push(((await shop.stack.outputs()).cutover as { switchMs: number }).switchMs);
      }
      return spans;
    });
    console.log(`${bed.platform}: from the first router's write to the last one's answer: ${spans.join(" and ")} ms`);
    for (const { failuresByReason, sent, byColor } of [loads.web, loads.chat]) {
      expect(failuresByReason).toEqual({});
      expect(byColor.green).toBeGreaterThan(0);
      expect(sent).toBeGreaterThan(200);
    }
  });

  it("go back both when the second one's service fails", async () => {
    await shop.edit({ images: { blue: { web: "1.0.0", chat: "1.0.0" }, green: { web: "1.2.0", chat: broken } } });
    await shop.edit({ verification: verification("30s") });
    const { result: up, ...loads } = await underTraffic(() => shop.up({ activeColor: "green", green: "1.2.0" }));
    expect(up.exit, up.output).not.toBe(0);
    expect(up.output).toMatch(/green 1\.2\.0 failed after the switch: .*500/);
    expect(up.output).toContain("Traffic is back at blue");
    await expectLive("blue");
    expect(loads.web.failuresByReason).toEqual({});
    expect(loads.web.byVersion["1.2.0"]).toBeGreaterThan(0);
    expect(loads.chat.failures.filter(({ version, status }) => version !== broken || status !== 500)).toEqual([]);
    for (const { lastAnswer } of [loads.web, loads.chat]) {
      expect(lastAnswer.blue).toBeGreaterThan(lastAnswer.green ?? 0);
    }
  });

  /** Kills the run between the two writes, where there are two; else right after the one. Returns what is seen then. */
  async function killInTheMiddle(color: string): Promise<string[]> {
    const file = join(shop.project.dir, "held");
    await rm(file, { force: true });
    const hook = fileURLToPath(new URL("support/held-write.ts", import.meta.url));
    const several = bed.platform === "kubernetes";
    const env = { NODE_OPTIONS: `--import ${hook}`, HELD_WRITE: String(chat.router.name), HELD_FILE: file };
    await shop.edit({ verification: verification("60s") });
    await shop.set({ activeColor: color });
    const run = shop.stack.start("up", several ? { env } : {});
    await until(`the middle of the switch to ${color}`, async () => {
      if (!run.running) throw new Error(`the run ended before it could be killed:\n${run.output}`);
      return several ? existsSync(file) : both(color)();
    });
    const orphans = await killAlone(run);
    await until("the orphaned providers end", async () => !orphans.some(isProvider));
    (await shop.stack.cancel()).orThrow();
    await shop.edit({ verification: verification("1s") });
    // kube-proxy follows the first router's write within moments.
    await until("the first router's answer", async () => (await shop.ask()).color === color);
    return colors();
  }

  it("killed in the middle of the switch, are finished by the next run", async () => {
    await shop.edit({ images: { blue: { web: "1.0.0", chat: "1.0.0" }, green: { web: "1.1.0", chat: "1.1.0" } } });
    (await shop.up({ activeColor: "blue", green: "1.1.0" })).orThrow();
    const { result: seen, ...loads } = await underTraffic(async () => {
      const seen = await killInTheMiddle("green");
      (await shop.up()).orThrow();
      await expectLive("green");
      return seen;
    });
    expect(seen).toEqual(["green", bed.platform === "kubernetes" ? "blue" : "green"]);
    expect([loads.web.failuresByReason, loads.chat.failuresByReason]).toEqual([{}, {}]);
    expect((await shop.up()).orThrow().output).toMatch(/\d+ unchanged/);
  });

  it("killed in the middle of the switch, are taken back by the next run when the wish is", async () => {
    const { result: seen, ...loads } = await underTraffic(async () => {
      const seen = await killInTheMiddle("blue");
      if (seen[0] !== seen[1]) {
        const preview = await shop.preview({ green: "1.3.0" });
        expect(preview.output).toContain('green is live with version "1.1.0"; version "1.3.0" would change it');
      }
      (await shop.up({ activeColor: "green", green: "1.1.0" })).orThrow();
      await expectLive("green");
      return seen;
    });
    expect(seen).toEqual(["blue", bed.platform === "kubernetes" ? "green" : "blue"]);
    expect([loads.web.failuresByReason, loads.chat.failuresByReason]).toEqual([{}, {}]);
  });

  it("of which someone else moves one, are refused, and the refusal says which and where to", async () => {
    const world = shop.ground.world(await shop.identity(), chat);
    await world.moveByHand("blue", "chat");
    await until("the hand's move is seen", async () => (await colors()).join() === "green,blue");
    const up = await shop.up({ activeColor: "blue" });
    expect(up.exit, up.output).not.toBe(0);
    expect(up.output).toContain("traffic was moved by someone else");
    if (bed.platform === "kubernetes") {
      expect(up.output).toMatch(/it was moved by kubectl-patch at \S+Z \(Service chat, to blue\)/);
    }
    expect(await colors()).toEqual(["green", "blue"]);
    (await shop.up({ force: "foreign" })).orThrow();
    await expectLive("blue");
  });
});
