import { type Prometheus, startPrometheus } from "@bluegreen/testkit/databases/prometheus";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { checkPrometheus } from "../src/checks/prometheus.ts";
import { localSubject, serve } from "./local-subject.ts";

/** What the two colors say of themselves. */
const metrics = `errors_total{color="blue",release="1.4.2"} 10
errors_total{color="green",release="1.5.0"} 13
errors_total{color="green",release="1.5.1"} 1
`;

describe("a real Prometheus", () => {
  let shop: Awaited<ReturnType<typeof serve>>;
  let prometheus: Prometheus;

  const ask = (query: string, threshold: { below?: number; tolerance?: string }) => {
    const check = {
      kind: "prometheus",
      url: prometheus.url,
      query,
      timeout: "10s",
      headers: {},
      ...threshold,
    } as const;
    return checkPrometheus(check, localSubject({ baseline: { color: "blue", release: "1.4.2", entrances: [] } }));
  };

  beforeAll(async () => {
    shop = await serve((_request, response) => response.end(metrics));
    prometheus = await startPrometheus([shop.entrance.name.replace("web-", "127.0.0.1:")]);
    const scraped = () => ask("count(errors_total)", { below: 4 });
    await vi.waitFor(async () => expect((await scraped()).result).toBe("passed"), { timeout: 60_000, interval: 200 });
  });

  afterAll(async () => {
    await prometheus?.stop();
    await shop?.close();
  });

  it.each([
    ["a number of the candidate's release", 'errors_total{release="{release}"}', { below: 14 }, "passed"],
    ["one that is too high", 'errors_total{release="{release}"}', { below: 13 }, "failed"],
    ["both colors' numbers, near enough", 'sum(errors_total{release="{release}"})', { tolerance: "30%" }, "passed"],
    ["both colors' numbers, too far apart", 'sum(errors_total{release="{release}"})', { tolerance: "20%" }, "failed"],
    ["a scalar", 'scalar(errors_total{release="{release}"})', { below: 14 }, "passed"],
    ["several series", 'errors_total{color="{color}"}', { below: 99 }, "inconclusive"],
    ["none", 'errors_total{color="red"}', { below: 99 }, "inconclusive"],
    ["what divides by zero", 'sum(errors_total{color="{color}"}) * 0 / 0', { below: 99 }, "inconclusive"],
    ["what is no query", "sum(", { below: 99 }, "inconclusive"],
  ])("tells %s", async (_what, query, threshold, result) => {
    expect(await ask(query, threshold)).toMatchObject({ result });
  });
});
