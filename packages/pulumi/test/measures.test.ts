import { setTimeout as sleep } from "node:timers/promises";
import type { ErrorRateCheckSettings, LatencyCheckSettings, WindowCheckSettings } from "@bluegreen/core";
import { afterEach, describe, expect, it, test } from "vitest";
import { checkErrorRate } from "../src/checks/error-rate.ts";
import { checkLatency } from "../src/checks/latency.ts";
import { percentile, soak } from "../src/checks/parts/soak.ts";
import { checkPrometheus } from "../src/checks/prometheus.ts";
import { checkWindow } from "../src/checks/window.ts";
import type { Entrance } from "../src/contracts/check.ts";
import { localSubject, serve } from "./local-subject.ts";

const servers: { close(): Promise<void> }[] = [];

async function open(...args: Parameters<typeof serve>) {
  const server = await serve(...args);
  servers.push(server);
  return server.entrance;
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const load = { path: "/", rate: 200, for: "500ms", timeout: "10s" } as const;
const plan = { path: "/", rate: 100, forMs: 1_000, timeoutMs: 2_000 };

describe("a soak", () => {
  it("sends its requests at their time, to all entrances in turn, and counts what fails", async () => {
    const seen = [0, 0];
    const entrances = await Promise.all(
      seen.map((_, index) =>
        open((_request, response) => {
          seen[index] = (seen[index] ?? 0) + 1;
          response.writeHead(index === 1 && seen[1] === 3 ? 503 : 200).end();
        }),
      ),
    );
    const soaked = await soak(entrances, plan);
    expect(seen).toEqual([50, 50]);
    expect(soaked).toMatchObject({ sent: 100, errors: 1 });
    expect(soaked.error).toMatch(/answered \/ with 503/);
    expect(soaked.latencies.at(-1)).toBe(Number.POSITIVE_INFINITY);
  });

  it("is not slowed down by a color that stalls: waiting to be sent counts as latency", async () => {
    let stalled: Promise<unknown> | undefined;
    const entrance = await open(async (_request, response) => {
      stalled ??= sleep(700);
      await stalled;
      response.end();
    });
    const { latencies } = await soak([entrance], plan);
    // Seven tenths of the requests came while it stalled.
    expect(percentile(latencies, 0.5)).toBeGreaterThan(100);
    expect(percentile(latencies, 0.95)).toBeGreaterThan(500);
  });
});

test("percentiles are of the nearest rank", () => {
  const values = Array.from({ length: 100 }, (_, index) => index + 1);
  expect([0.5, 0.95, 0.99, 1].map((share) => percentile(values, share))).toEqual([50, 95, 99, 100]);
  expect(percentile([7], 0.5)).toBe(7);
});

it("measures no connection being made", { timeout: 30_000 }, async () => {
  const server = await open((_request, response) => response.end());
  let made = 0;
  const entrance: Entrance = {
    ...server,
    async request(asked) {
      if (made++ < 8) await sleep(4_000);
      return server.request(asked);
    },
  };
  const subject = localSubject({ entrances: [entrance] });
  const check: LatencyCheckSettings = { kind: "latency", ...load, p95: "3s", slack: "5ms" };
  expect(await checkLatency(check, subject)).toMatchObject({ result: "passed" });
});

describe("errorRate", () => {
  const check: ErrorRateCheckSettings = { kind: "errorRate", ...load, below: "5%" };
  const everyNth = (n: number) => {
    let count = 0;
    return open((_request, response) => response.writeHead(++count % n === 0 ? 500 : 200).end());
  };

  it.each([
    [50, "passed"],
    [20, "failed"],
    [2, "failed"],
  ])("with one failure of %i is %s", async (n, result) => {
    expect(await checkErrorRate(check, localSubject({ entrances: [await everyNth(n)] }))).toMatchObject({ result });
  });

  it("counts requests without an answer", async () => {
    const entrances = [await open((request) => request.socket.destroy())];
    const finding = await checkErrorRate(check, localSubject({ entrances }));
    expect(finding).toMatchObject({
      result: "failed",
      detail: expect.stringMatching(/^100 of 100 requests failed, 100 %/),
    });
  });
});

describe("latency", () => {
  const check: LatencyCheckSettings = { kind: "latency", ...load, slack: "20ms" };
  const after = (ms: number) => open((_request, response) => void setTimeout(() => response.end(), ms));
  const baseline = async (ms: number) => ({ color: "blue", release: "1.4.2", entrances: [await after(ms)] }) as const;

  it("is judged against thresholds of its own", async () => {
    const subject = localSubject({ entrances: [await after(150)] });
    expect(await checkLatency({ ...check, p95: "1500ms" }, subject)).toMatchObject({ result: "passed" });
    expect(await checkLatency({ ...check, p50: "100ms" }, subject)).toMatchObject({ result: "failed" });
  });

  it("is judged against the live color under the same load", async () => {
    const slow = localSubject({ entrances: [await after(400)], baseline: await baseline(20) });
    const finding = await checkLatency({ ...check, p50Within: "20%" }, slow);
    expect(finding).toMatchObject({
      result: "failed",
      detail: expect.stringMatching(/p50 [\d.]+ m?s \(within 20% of/),
    });
    const same = localSubject({ entrances: [await after(20)], baseline: await baseline(400) });
    expect(await checkLatency({ ...check, p50Within: "20%" }, same)).toMatchObject({ result: "passed" });
  });

  it("has nothing to be compared with on a first deployment", async () => {
    const first = localSubject({ entrances: [await after(1)] });
    expect(await checkLatency({ ...check, p95Within: "20%" }, first)).toMatchObject({ result: "passed" });
  });

  it("is inconclusive when what it is compared with fails, and failed when it does itself", async () => {
    const broken = await open((request) => request.socket.destroy());
    const own = { entrances: [await after(1)] };
    const other = { color: "blue", release: "1.4.2", entrances: [broken] } as const;
    const within = { ...check, p95Within: "20%" };
    expect(await checkLatency(within, localSubject({ ...own, baseline: other }))).toMatchObject({
      result: "inconclusive",
    });
    const finding = await checkLatency({ ...check, p95: "1s" }, localSubject({ entrances: [broken] }));
    expect(finding).toMatchObject({ result: "failed", detail: expect.stringContaining("p95 no answer") });
  });
});

describe("window", () => {
  const check: WindowCheckSettings = {
    kind: "window",
    from: "09:00",
    to: "17:00",
    days: ["mon", "tue", "wed", "thu", "fri"],
    except: ["2026-12-24"],
    timeZone: "Europe/Berlin",
  };
  const night: WindowCheckSettings = { ...check, from: "22:00", to: "04:00", days: ["fri"] };

  it.each([
    ["opens with its first minute, in its own time zone", check, "2026-07-06T07:00:00Z", "passed"],
    ["is shut a minute before", check, "2026-07-06T06:59:00Z", "failed"],
    ["follows winter time", check, "2026-01-05T07:30:00Z", "failed"],
    ["shuts with its last minute", check, "2026-07-06T15:00:00Z", "failed"],
    ["is shut on other days", check, "2026-07-05T10:00:00Z", "failed"],
    ["is shut on named days", check, "2026-12-24T10:00:00Z", "failed"],
    ["over midnight is open before it", night, "2026-07-10T21:00:00Z", "passed"],
    ["over midnight is open after it, the day after", night, "2026-07-11T01:00:00Z", "passed"],
    ["over midnight is shut in the morning of its own day", night, "2026-07-10T01:00:00Z", "failed"],
  ])("%s", async (_what, settings, now, result) => {
    expect(await checkWindow(settings, new Date(now))).toMatchObject({ result });
  });
});

describe("prometheus", () => {
  const vector = (...values: string[]) => ({ resultType: "vector", result: values.map((v) => ({ value: [0, v] })) });
  const check = { kind: "prometheus", query: 'up{color="{color}"}', timeout: "2s", headers: {} } as const;

  async function answering(data: (query: string) => unknown) {
    const entrance = await open(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const query = new URLSearchParams(Buffer.concat(chunks).toString()).get("query") ?? "";
      response.end(JSON.stringify({ status: "success", data: data(query) }));
    });
    return `http://127.0.0.1:${entrance.name.replace("web-", "")}`;
  }

  it.each([
    ["a number below its threshold", vector("0.004"), { below: 0.005 }, "passed"],
    ["one that reaches it", vector("0.005"), { below: 0.005 }, "failed"],
    ["a scalar", { resultType: "scalar", result: [0, "3"] }, { above: 2 }, "passed"],
    ["no series", vector(), { below: 1 }, "inconclusive"],
    ["several series", vector("0", "0"), { below: 1 }, "inconclusive"],
    ["no number", vector("NaN"), { below: 1 }, "inconclusive"],
    ["a range", { resultType: "matrix", result: [] }, { below: 1 }, "inconclusive"],
  ])("%s", async (_what, data, threshold, result) => {
    const url = await answering(() => data);
    expect(await checkPrometheus({ ...check, url, ...threshold }, localSubject({}))).toMatchObject({ result });
  });

  it("compares the candidate with the live color", async () => {
    const url = await answering((query) => vector(query.includes("green") ? "1.3" : "1"));
    const subject = localSubject({ baseline: { color: "blue", release: "1.4.2", entrances: [] } });
    expect(await checkPrometheus({ ...check, url, tolerance: "20%" }, subject)).toMatchObject({ result: "failed" });
    expect(await checkPrometheus({ ...check, url, tolerance: "40%" }, subject)).toMatchObject({ result: "passed" });
  });

  it("sends its headers, follows no redirect, and reads no endless answer", async () => {
    const entrance = await open((request, response) => {
      const { authorization } = request.headers;
      if (authorization === "Basic x") response.end(JSON.stringify({ status: "success", data: vector("1") }));
      else if (authorization === "Basic long") response.end(Buffer.alloc(2 << 20, " "));
      else response.writeHead(302, { location: "/" }).end();
    });
    const url = `http://127.0.0.1:${entrance.name.replace("web-", "")}`;
    const ask = (authorization: string) => {
      return checkPrometheus({ ...check, url, below: 2, headers: { authorization } }, localSubject({}));
    };
    expect(await ask("Basic x")).toMatchObject({ result: "passed" });
    expect(await ask("Basic y")).toMatchObject({ result: "inconclusive", detail: expect.stringContaining("302") });
    expect((await ask("Basic long")).detail).toContain("its answer is longer than 1024 KiB");
  });

  it("is inconclusive when nobody answers, without the token in its words", async () => {
    process.env.PROMETHEUS_TOKEN = "hunter2";
    const finding = await checkPrometheus(
      { ...check, url: "http://127.0.0.1:1", below: 1, tokenFrom: "PROMETHEUS_TOKEN" },
      localSubject({}),
    );
    expect(finding.result).toBe("inconclusive");
    expect(JSON.stringify(finding)).not.toContain("hunter2");
  });
});
