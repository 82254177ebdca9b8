import { setTimeout as sleep } from "node:timers/promises";
import { isProvider } from "@bluegreen/testkit/processes";
import { until } from "@bluegreen/testkit/until";
import { LeaseCounter } from "@bluegreen/testkit/workers/lease-counter";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DockerWorld } from "./support/bed/docker.ts";
import { bed, type World } from "./support/bed.ts";
import { endNow, killBetweenSaves } from "./support/killing.ts";
import { Shop, withBot } from "./support/shop.ts";

/** About as long as a handover takes, from its lease to its end. */
const longestMs = bed.platform === "docker" ? 2_000 : 6_000;

/**
 * What decides is the same code on both; what each platform does of it passes one conformance suite. On a slow machine it
 * is enough when the time is over.
 */
const rounds = bed.platform === "docker" ? { most: 10, least: 6, untilMs: 480_000 } : { most: 6, least: 6, untilMs: 0 };

const verification = { bake: "500ms", interval: "100ms", answers: 2 };

/** Beside `web`, which runs in both colors before a switch, a bot that may run only once: it holds a lease. */
describe("an exclusive service of an app without a live address", () => {
  let shop: Shop;
  let counter: LeaseCounter;
  let world: World;
  beforeAll(async () => {
    counter = await LeaseCounter.open(bed.platform);
    shop = await Shop.open({
      ...withBot,
      services: { bot: counter.worker },
      verification,
    });
    (await shop.up({ activeColor: "blue", blue: "1.0.0", green: "1.1.0" })).orThrow();
    world = await shop.world();
  });
  afterAll(async () => {
    await shop?.close();
    await counter?.close();
  });

  const present = () => counter.present.map(({ color, version }) => `${color} ${version}`);

  async function expectAtWork(color: string): Promise<void> {
    await until(`${color} holds the lease`, async () => counter.present.some((one) => one.color === color));
    expect(counter.present.map((one) => one.color)).toEqual([color]);
    expect(await shop.recordedColor()).toBe(color);
    expect(await world.leases()).toEqual([]);
  }

  async function gapMs(): Promise<number | null> {
    const { cutover } = await shop.stack.outputs();
    return (cutover as { readonly gapMs: number | null }).gapMs;
  }

  it("runs in the active color alone from the first deployment on, and there was no gap", async () => {
    await expectAtWork("blue");
    expect(counter.holds).toHaveLength(1);
    expect(await gapMs()).toBeNull();
    expect(await shop.stack.outputs()).toMatchObject({ url: "", candidateUrl: "" });
  });

  it("is handed over with a gap that is measured, recorded and printed", async () => {
    const up = (await shop.up({ activeColor: "green" })).orThrow();
    await expectAtWork("green");
    const gap = (await gapMs()) ?? -1;
    const [inside] = counter.gaps;
    expect(inside).toMatchObject({ from: "blue", to: "green" });
    // What the platform calls running has still to get to its first line; a poll is 100 ms, and the machine is busy.
    expect(Math.abs(gap - (inside?.ms ?? 0))).toBeLessThan(3_000);
    expect(gap).toBeGreaterThan(0);
    expect(up.output).toContain("no color was at work for ");
    expect(counter.most).toBe(1);
  });

  it("stays as it is in runs that change nothing, refreshes included", async () => {
    expect(await shop.previewSteps()).toEqual([]);
    expect((await shop.up()).orThrow().output).not.toMatch(/updated|replaced|created/);
    expect((await shop.up({}, { refresh: true })).orThrow().output).not.toMatch(/(updated|replaced|created) \(/);
    await expectAtWork("green");
  });

  it.runIf(bed.platform === "docker")("goes back to what a tidied host has nothing of any more", async () => {
    await (world as DockerWorld).tidy();
    expect(await world.workloads("blue")).toEqual([]);
    await expectAtWork("green");
    expect(await world.journal()).toContain('"to":"green"');
    // The record is there, too: nothing was moved by someone else.
    const back = (await shop.up({ activeColor: "blue" })).orThrow();
    expect(back.output).toContain("containers of blue are gone, and are made anew");
    await expectAtWork("blue");
    await (world as DockerWorld).tidy();
    expect((await shop.up()).orThrow().output).toContain("containers of green are gone, and are made anew");
    expect(await shop.previewSteps()).toEqual([]);
    (await shop.up({ activeColor: "green" })).orThrow();
    await expectAtWork("green");
    expect(counter.most).toBe(1);
  });

  it("is not started in a candidate whose gates fail", async () => {
    const before = counter.holds.length;
    // The candidate is stopped as soon as the command has failed, and then it never is fit again.
    const running = { kind: "running", healthyFor: "100ms", interval: "50ms", within: "2s" };
    await shop.edit({ gates: [running, { run: "exit 1" }] });
    const up = await shop.up({ activeColor: "blue" });
    expect(up.exit).not.toBe(0);
    expect(counter.holds).toHaveLength(before);
    await shop.edit({ gates: [] });
    (await shop.up({ activeColor: "green" })).orThrow();
    await expectAtWork("green");
  });

  it("is brought back, and the release latched, when the new one dies at work", async () => {
    // It dies half a second after it was started, and a kubelet may take two to say so.
    await shop.edit({
      verification: { ...verification, bake: "10s" },
      images: { blue: { web: "1.0.0", bot: "2.0.0-faulty" }, green: { web: "1.1.0", bot: "1.1.0" } },
    });
    const up = await shop.up({ activeColor: "blue", blue: "2.0.0" });
    expect(up.exit).not.toBe(0);
    expect(up.output).toMatch(/reverted: blue 2\.0\.0 failed after the switch/);
    expect(counter.holds.some(({ version }) => version === "2.0.0-faulty")).toBe(true);
    await expectAtWork("green");
    expect(present()).toEqual(["green 1.1.0"]);
    expect((await shop.up({ activeColor: "blue" })).output).toContain("was reverted after going live");
    await shop.edit({
      verification,
      images: { blue: { web: "1.0.0", bot: "1.2.0" }, green: { web: "1.1.0", bot: "1.1.0" } },
    });
    (await shop.up({ activeColor: "blue", blue: "1.2.0" })).orThrow();
    await expectAtWork("blue");
    expect(counter.most).toBe(1);
  });

  it("is one at most in handovers whose deployers are killed at random", { timeout: 1_800_000 }, async () => {
    const { most, least, untilMs } = rounds;
    const since = Date.now();
    await shop.edit({ gates: [{ kind: "running", healthyFor: "0s", interval: "50ms" }] });
    let live = "blue";
    const told: string[] = [];
    for (let round = 1; round <= most && (round <= least || Date.now() - since < untilMs); round++) {
      const wish = live === "blue" ? "green" : "blue";
      const moment = Math.floor(Math.random() * longestMs);
      const next = Math.random() < 0.5 ? wish : live;
      const whole = Math.random() < 0.5;
      await shop.set({ activeColor: wish });
      const run = shop.stack.start("up");
      const word = `${round}: ${live} to ${wish}, ${whole ? "all of it" : "the CLI"} killed ${moment} ms after the lease, then ${next}`;
      await until(word, async () => !run.running || (await world.leases()).length > 0);
      await sleep(moment);
      const finished = !run.running;
      const orphans = await killBetweenSaves(shop, run);
      if (whole) orphans.forEach(endNow);
      // As long as one of them renews its lease, the next run is refused.
      await until("the orphaned providers end", async () => !orphans.some(isProvider));
      await shop.stack.cancel();
      (await shop.up({ activeColor: next })).orThrow();
      live = next;
      told.push(`${word}${finished ? " (it had ended)" : ""}; gaps ${counter.gaps.slice(-3).map(({ ms }) => ms)}`);
      await expectAtWork(live);
      expect(counter.most, told.join("\n")).toBe(1);
    }
    console.log(told.join("\n"));
  });

  it("is gone when the app is destroyed", async () => {
    (await shop.stack.destroy()).orThrow();
    expect(await world.inventory()).toEqual([]);
    expect(counter.present).toEqual([]);
    expect(counter.most).toBe(1);
  });
});
