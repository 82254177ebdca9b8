import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type Color, colors, type RouterRecord } from "@bluegreen/core";
import { until } from "@bluegreen/testkit/until";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Site } from "../src/contracts/site.ts";
import { openRoutedSite } from "../src/kubernetes/site.ts";
import { fingerprint } from "../src/routers/interpret.ts";
import { ClusterBed } from "./cluster-bed.ts";

/** Users that keep a connection each, and ask again and again on it. */
const users = 12;
const askEveryMs = 20;

describe("kept connections", { timeout: 90_000 }, () => {
  let bed: ClusterBed;
  let port = 0;
  beforeAll(async () => {
    bed = await ClusterBed.open("drain");
    port = await bed.declareService("shop", "NodePort");
    await Promise.all(colors.map((color) => bed.declare(color)));
    await Promise.all(colors.map((color) => bed.ready(color)));
  }, 90_000);
  afterAll(() => bed?.close());

  test("stay with the old color when the selector moves, and follow when it is drained", async () => {
    const site = openRoutedSite(bed.client, bed.parts());
    await go(site, "blue", 1);
    const clients = Array.from({ length: users }, () => new http.Agent({ keepAlive: true, maxSockets: 1 }));
    const answers: { color: string; at: number }[][] = clients.map(() => []);
    const failures: string[] = [];
    let asking = true;
    const all = clients.map(async (agent, index) => {
      while (asking) {
        try {
          answers[index]?.push({ color: await ask(port, agent), at: performance.now() });
        } catch (error) {
          failures.push(String(error));
        }
        await sleep(askEveryMs);
      }
    });
    const shows = (color: Color) => answers.filter((of) => of.at(-1)?.color === color).length;
    await until("all are with blue", async () => shows("blue") === users);
    await go(site, "green", 2);
    await sleep(2_000);
    expect(shows("blue")).toBe(users);
    const fresh = await ask(port, new http.Agent());
    expect(fresh).toBe("green");
    const drainedAt = performance.now();
    const record = await site.address.drain("blue", 30_000, async () => null);
    expect(record).toMatchObject({ color: "blue", backends: 2, moved: 2, remaining: [] });
    await until("all are with green", async () => shows("green") === users);
    const lastOld = Math.max(
      ...answers.flatMap((of) => of.filter(({ color }) => color === "blue").map(({ at }) => at)),
    );
    asking = false;
    await Promise.all(all);
    const asked = answers.reduce((sum, of) => sum + of.length, 0);
    console.log(
      `drained in ${record.ms} ms; last old answer ${Math.round(lastOld - drainedAt)} ms after its begin; ${failures.length} of ${asked} requests failed`,
    );
    expect(failures).toEqual([]);
    for (const agent of clients) agent.destroy();
  });

  test("stay where a PodDisruptionBudget allows no eviction, and that is said", async () => {
    const site = openRoutedSite(bed.client, bed.parts());
    await bed.budget("green", 2);
    await go(site, "blue", 3);
    const record = await site.address.drain("green", 2_000, async () => null);
    expect(record).toMatchObject({ color: "green", backends: 2, moved: 0 });
    expect(record.remaining).toHaveLength(2);
    expect(record.ms).toBeLessThan(4_000);
  });

  async function go(site: Pick<Site, "routing">, color: Color, attempt: number): Promise<void> {
    const seen = await site.routing.router.observe(site.routing.targets);
    const record: RouterRecord = {
      app: bed.app,
      active: color,
      release: "1",
      backends: fingerprint(site.routing.targets[color]),
      attempt,
      writer: "test",
      at: new Date().toISOString(),
      latches: [],
    };
    expect((await site.routing.router.write(site.routing.targets[color], record, seen, async () => null)).result).toBe(
      "written",
    );
    await until(`${color} answers`, async () => (await ask(port, new http.Agent()).catch(() => "")) === color);
  }
});

function ask(port: number, agent: http.Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: "127.0.0.1", port, path: "/", agent, timeout: 5_000 }, (response) => {
      let body = "";
      response.on("data", (chunk) => {
        body += chunk;
      });
      response.on("error", reject);
      response.on("end", () => resolve((JSON.parse(body) as { color: string }).color));
    });
    request.on("timeout", () => request.destroy(new Error("no answer within 5 s")));
    request.on("error", reject);
  });
}
