import type { Load } from "@bluegreen/testkit/load/load";
import { type Answerer, between } from "@bluegreen/testkit/load/report";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bed } from "./support/bed.ts";
import { quickGate, Shop } from "./support/shop.ts";
import { traffic } from "./support/traffic.ts";

/** On Kubernetes a cutover takes longer: the pods that are left are drained, or kept connections would stay with them. */
const [count, rate, drainSeconds] = bed.platform === "kubernetes" ? [6, 300, 20] : [20, 500, 0];
/** How long the old color may answer after the new one has begun. Milliseconds. */
const overlapLimitMs = drainSeconds * 1_000 + 500;

interface CutoverSeen {
  readonly from: Answerer;
  readonly to: Answerer;
  readonly marked: number;
  /** Of the router's write, by the cutover's own record. Milliseconds. */
  readonly switchMs: number;
}

describe(`${count} cutovers back and forth at ${rate} requests a second`, () => {
  let shop: Shop;
  let load: Load | undefined;
  beforeAll(async () => {
    shop = await Shop.open({
      verification: { bake: "0s" },
      // The load leaves a slow machine little time for anything else.
      gates: [{ ...quickGate, within: "30s" }],
      // Longer than a client pauses between two requests, on a machine that others are using, too.
      services: { web: { env: { FAREWELL_MS: "3000" } } },
      drain: drainSeconds > 0 ? { within: `${drainSeconds}s` } : null,
    });
    await shop.deployBoth();
  });
  afterAll(async () => {
    await load?.stop();
    await shop?.close();
  });

  it("lose no request, on new or kept connections, and each moves the traffic for good", {
    timeout: 900_000,
  }, async () => {
    // Requests are counted, not timed: a machine that the load keeps busy answers late, and loses none.
    load = await traffic(shop.url, { rate, kept: 40, newShare: 0.5, timeoutMs: 20_000 });
    const seen: CutoverSeen[] = [];
    for (let number = 0; number < count; number++) {
      const [from, to]: Answerer[] = number % 2 === 0 ? ["blue", "green"] : ["green", "blue"];
      const marked = load.mark(`to ${to}`);
      (await shop.up({ activeColor: to! })).orThrow();
      const { cutover } = (await shop.stack.outputs()) as { cutover: { switchMs: number } };
      seen.push({ from: from!, to: to!, marked, switchMs: cutover.switchMs });
    }
    load.mark("end");
    const report = await load.stop();

    const rows = seen.map(({ from, to, marked, switchMs }, number) => {
      const span = between(report, marked, report.marks[number + 1]!.at);
      const [first, last] = [span.firstAnswer[to]!, span.lastAnswer[from]!];
      const overlapMs = Math.round((last - first) * 10) / 10;
      return { to, sent: span.sent, failed: span.failed, "last old answer after first new, ms": overlapMs, switchMs };
    });
    console.table(rows);
    console.log(
      `${report.sent} requests, ${report.failed} failed (${JSON.stringify(report.failuresByReason)}, ` +
        `${report.failures.filter(({ kind }) => kind === "kept").length} on kept connections); ` +
        `${report.byKind.new} on new and ${report.byKind.kept} on kept connections; ` +
        `latency median ${report.latency.medianMs.toFixed(1)} ms, p99 ${report.latency.p99Ms.toFixed(1)} ms, ` +
        `longest ${report.latency.maxMs.toFixed(1)} ms; sent late p99 ${report.lateness.p99Ms.toFixed(1)} ms`,
    );
    expect(report.failuresByReason).toEqual({});
    expect(report.failed).toBe(0);
    expect(report.sent).toBeGreaterThan(count * rate);
    expect(Math.min(report.byKind.new, report.byKind.kept)).toBeGreaterThan(report.sent * 0.3);
    // So long a request that the old color got before the switch may wait for its answer.
    const slowestMs = report.latency.maxMs;
    for (const [number, { from, to, marked }] of seen.entries()) {
      const span = between(report, marked, report.marks[number + 1]!.at);
      expect(span.byColor[from], `answers of ${from} before the switch`).toBeGreaterThan(0);
      expect(span.byColor[to], `answers of ${to} after the switch`).toBeGreaterThan(0);
      // An old color that still got requests would answer for the second and more that the CLI takes to end.
      expect(span.lastAnswer[from]! - span.firstAnswer[to]!, `switch ${number + 1}`).toBeLessThan(
        overlapLimitMs + slowestMs,
      );
    }
  });
});
