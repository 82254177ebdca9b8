import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { quickGate, Shop } from "./support/shop.ts";
import { underTraffic, untouched } from "./support/traffic.ts";

/** What a gate printed, as the cutover got it. */
async function evidence(shop: Shop, gate: string): Promise<Record<string, unknown> | undefined> {
  const { outputs } = await shop.stack.resource("shop-cutover");
  const printed = (outputs?.evidence ?? []) as string[];
  const all = printed.map((text) => JSON.parse(text) as Record<string, unknown>);
  return all.find((one) => one.gate === gate);
}

describe("a candidate that fails its gate", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open({
      images: { blue: { web: "1.0.0" }, green: { web: "2.0.0-unhealthy" } },
      // What the gate asks for is not what Kubernetes takes for ready; there it would never get so far.
      services: { web: { ready: "/health/live" } },
    });
    await shop.deployBoth();
  });
  afterAll(() => shop?.close());

  it("is refused with gate, cause and fix, and traffic is untouched", async () => {
    const { result: up, traffic } = await underTraffic(shop, () => shop.up({ activeColor: "green" }));
    expect(up.exit).not.toBe(0);
    expect(up.output).toMatch(/gate http-1 of green 1\.1\.0 failed: .*answered \/health\/ready with 503, not 200/);
    expect(up.output).toMatch(/at gates\.http-1 → .*run `pulumi up` again/);
    expect(up.output).not.toMatch(/\n\s+at .*\.[jt]s:\d+/);
    expect(traffic.sent).toBeGreaterThan(100);
    expect(traffic).toMatchObject(untouched("blue"));
    expect(await shop.recordedColor()).toBe("blue");
  });

  it("is put through its gates again by the same wish", async () => {
    const attempt = await shop.attempt();
    const { result: up, traffic } = await underTraffic(shop, () => shop.up());
    expect(up.exit).not.toBe(0);
    expect(up.output).toContain("gate http-1 of green 1.1.0 failed");
    expect(traffic).toMatchObject(untouched("blue"));
    expect(await shop.attempt()).toBe(attempt + 1);
    expect(await shop.recordedColor()).toBe("blue");
  });

  it("has a record of each attempt in the journal, with who and why", async () => {
    const journal = await (await shop.world()).journal();
    const refused = /"outcome":"refused","reason":"gate http-1 of green 1\.1\.0 failed: [^}]*"writer":"[^"]+ pid \d+"/g;
    expect(journal.match(refused)).toHaveLength(2);
    expect(journal).toContain('"attempt":3,"from":"blue","to":"green"');
  });

  it("goes live once it is mended, under the version that never was live", async () => {
    await shop.edit({ images: { blue: { web: "1.0.0" }, green: { web: "1.1.0" } } });
    const { result: up, traffic } = await underTraffic(shop, () => shop.up());
    up.orThrow();
    expect(traffic.failures).toEqual([]);
    expect(await shop.ask()).toEqual({ status: 200, color: "green", version: "1.1.0" });
  });
});

describe("three gates of which one fails", () => {
  let shop: Shop;
  let runs: string;
  let mended: string;
  beforeAll(async () => {
    shop = await Shop.open();
    [runs, mended] = [join(shop.project.dir, "runs"), join(shop.project.dir, "mended")];
    await shop.deployBoth();
    const fails = { run: `echo $BLUEGREEN_RELEASE >> ${runs}; test -e ${mended}` };
    // Of what ends at once nobody could tell that it was ended.
    const holds = { run: `test -e ${mended} || sleep 170`, timeout: "175s" };
    await shop.edit({ gates: [quickGate, fails, holds] });
  });
  afterAll(() => shop?.close());

  it("keep traffic where it is", async () => {
    const up = await shop.up({ activeColor: "green" });
    expect(up.exit).not.toBe(0);
    expect(up.output).toMatch(/gate command-2 of green 1\.1\.0 failed: exit 1/);
    expect(up.output).toContain("gate command-3 of green 1.1.0 ended, because gate command-2 failed");
    expect(await readFile(runs, "utf8")).toBe("1.1.0\n");
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
    expect(await shop.recordedColor()).toBe("blue");
  });

  it("all run again, for a new attempt, when the cause is gone", async () => {
    const attempt = await shop.attempt();
    await writeFile(mended, "");
    (await shop.up()).orThrow();
    expect(await readFile(runs, "utf8")).toBe("1.1.0\n1.1.0\n");
    const subjects = await (await shop.world()).subjects("green");
    for (const gate of ["http-1", "command-2"]) {
      expect(await evidence(shop, gate)).toMatchObject({
        passed: true,
        attempt: attempt + 1,
        color: "green",
        release: "1.1.0",
        subjects,
      });
    }
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
    expect(await shop.recordedColor()).toBe("green");
  });

  it("do not run when nothing is to be switched", async () => {
    await rm(mended);
    (await shop.up()).orThrow();
    expect(await readFile(runs, "utf8")).toBe("1.1.0\n1.1.0\n");
  });

  it("do not hold up the way back to a release that was verified live", async () => {
    await shop.edit({ rollback: {} });
    (await shop.up({ activeColor: "blue" })).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
    expect(await readFile(runs, "utf8")).toBe("1.1.0\n1.1.0\n");
    const { cutover } = await shop.stack.outputs();
    expect(cutover).toMatchObject({ outcome: "switched", to: "blue", rollback: true });
    expect(await evidence(shop, "http-1")).toMatchObject({ passed: true, color: "blue" });
    await writeFile(mended, "");
    await shop.edit({ rollback: undefined });
    (await shop.up({ activeColor: "green" })).orThrow();
    expect(await readFile(runs, "utf8")).toBe("1.1.0\n1.1.0\n1.1.0\n");
    await rm(mended);
  });

  it("are not left out by --target on the cutover", async () => {
    const { urn } = await shop.stack.resource("shop-cutover");
    await writeFile(mended, "");
    const { result: up, traffic } = await underTraffic(shop, () => shop.up({ activeColor: "blue" }, { target: [urn] }));
    expect(up.exit).not.toBe(0);
    expect(traffic).toMatchObject(untouched("green"));
    expect(await readFile(runs, "utf8")).toBe("1.1.0\n1.1.0\n1.1.0\n");
    expect(await shop.recordedColor()).toBe("green");
  });
});

describe("an app without a gate of its own", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
    await shop.edit({ gates: undefined });
    await shop.deployBoth();
  });
  afterAll(() => shop?.close());

  it("gets one: the ready path of the exposed service, healthy for 5 s", async () => {
    const found = await evidence(shop, "http-1");
    expect(found).toMatchObject({ passed: true, attempt: 1, color: "blue" });
    expect(found?.detail).toMatch(/^\/health\/ready answered 200 for [5-9](\.\d)? s, \d+ times in a row$/);
  });

  it("is not switched to a candidate that gets unhealthy while it is watched", async () => {
    // Dies every second, so it is healthy again and again but never for long. Docker starts it again after 100 ms, then
    // 200, 400, 800 and so on: over six seconds no series of questions can miss that.
    await shop.edit({
      services: { web: { env: { CRASH_AFTER: "1" } } },
      gates: [{ ...quickGate, healthyFor: "6s", within: "3s" }],
    });
    const { result: up, traffic } = await underTraffic(shop, () => shop.up({ activeColor: "green", green: "1.1.1" }));
    expect(up.exit).not.toBe(0);
    expect(up.output).toContain("gate http-1 of green 1.1.1 failed");
    expect(traffic).toMatchObject(untouched("blue"));
    expect(await shop.recordedColor()).toBe("blue");
  });
});
