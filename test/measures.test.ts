import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Postgres, startPostgres } from "@bluegreen/testkit/databases/postgres";
import { type Prometheus, startPrometheus } from "@bluegreen/testkit/databases/prometheus";
import { startRedis } from "@bluegreen/testkit/databases/redis";
import type { Database } from "@bluegreen/testkit/databases/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bed } from "./support/bed.ts";
import { Shop } from "./support/shop.ts";

/** What the shop's colors are counted with, wherever they run. */
const metrics = `errors_total{color="blue",release="1.0.0"} 10
errors_total{color="green",release="1.1.0"} 11
`;
const day = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
const today = new Date().toISOString().slice(0, 10);
const load = { rate: 20, for: "2s" };

describe("checks that measure, and what a release depends on", () => {
  let counts: Server;
  let prometheus: Prometheus;
  let postgres: Postgres;
  let redis: Database;
  let shop: Shop;
  beforeAll(async () => {
    counts = createServer((_request, response) => response.end(metrics));
    await new Promise<void>((resolve) => counts.listen(0, "127.0.0.1", resolve));
    [prometheus, postgres, redis] = await Promise.all([
      startPrometheus([`127.0.0.1:${(counts.address() as AddressInfo).port}`]),
      startPostgres(bed.platform),
      startRedis(bed.platform),
    ]);
    const wrong = postgres.url.replace(postgres.password, "wrong-4Tz");
    shop = await Shop.open({
      secretValues: { DATABASE_URL: postgres.url, WRONG_URL: wrong, REDIS_URL: redis.url },
    });
    await shop.deployBoth();
  });
  afterAll(async () => {
    await shop?.close();
    await Promise.all([prometheus?.stop(), postgres?.stop(), redis?.stop()]);
    await new Promise((resolve) => counts?.close(resolve));
  });

  const errors = (limit: object) => ({
    kind: "prometheus",
    url: prometheus.url,
    query: 'sum(errors_total{release="{release}"})',
    within: "20s",
    ...limit,
  });
  const depends = (type: string, from: string) => ({ kind: "dependency", service: "web", type, from, timeout: "20s" });
  const open = { kind: "window", from: "00:00", to: "24:00" };

  const lasting = () => [
    { kind: "latency", path: "/", ...load, timeout: "20s", p50: "10s", p95Within: "1000%", slack: "10s" },
    { kind: "errorRate", path: "/", ...load, timeout: "20s", below: "5%" },
    errors({ tolerance: "20%" }),
    depends("postgres", "DATABASE_URL"),
    depends("redis", "REDIS_URL"),
    depends("tcp", "REDIS_URL"),
  ];

  it("refuse a candidate, each in its own words", async () => {
    const bad: readonly (readonly [object, RegExp])[] = [
      [
        { kind: "latency", path: "/slow?ms=300", ...load, p50: "100ms" },
        /latency-1 of green .*p50 [\d.]+ m?s \(at most 100ms\), of 40 requests/,
      ],
      [
        { kind: "errorRate", path: "/slow?ms=1000", timeout: "200ms", ...load, below: "5%" },
        /errorRate-1 of green .*100/,
      ],
      [errors({ below: 11, within: "0s" }), /prometheus-1 of green .*11/],
      [depends("postgres", "WRONG_URL"), /dependency-1 of green .*WRONG_URL/],
      [depends("redis", "NOWHERE_URL"), /dependency-1 of green .*NOWHERE_URL/],
      [{ ...open, except: [today, day] }, /window-1 of green/],
    ];
    // One by one: a gate that fails ends the others.
    for (const [gate, words] of bad) {
      await shop.edit({ gates: [gate] as never });
      const up = await shop.up({ activeColor: "green" });
      expect(up.exit).not.toBe(0);
      expect(up.output).toMatch(words);
      expect(up.output).not.toContain("wrong-4Tz");
    }
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
  });

  it("let a good one go live, and watch it there", async () => {
    const gates = [...lasting(), open];
    await shop.edit({
      gates: gates as never,
      verification: { checks: lasting() as never, bake: "12s", interval: "1s" },
    });
    const up = (await shop.up()).orThrow();
    expect(up.output).toMatch(/baking \d[\d.]* s of 12 s, \d+ checks passed, 0 of 1 failures/);
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
    expect(JSON.stringify(await shop.stack.export())).not.toContain(postgres.password);
    expect(up.output).not.toContain(postgres.password);
  });

  it("take it back when what it depends on is lost in the bake", async () => {
    await shop.edit({ gates: [open], verification: { checks: [depends("redis", "REDIS_URL")], bake: "60s" } });
    const run = shop.up({ activeColor: "blue" });
    await expect.poll(async () => (await shop.ask()).color, { timeout: 300_000 }).toBe("blue");
    await redis.stop();
    const up = await run;
    expect(up.exit).not.toBe(0);
    expect(up.output).toMatch(/reverted: blue 1\.0\.0 failed after the switch: dependency-1/);
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
  });
});
