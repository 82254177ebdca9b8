import { fraction, humanMilliseconds, type LatencyCheckSettings, milliseconds } from "@bluegreen/core";
import type { Finding, Subject } from "../contracts/check.ts";
import { connectFirst, percentile, type Soaked, soak } from "./parts/soak.ts";

const shares = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;

/** Latency under synthetic load, by itself or against the live color, which gets the same load at the same time. */
export async function checkLatency(check: LatencyCheckSettings, { entrances, baseline }: Subject): Promise<Finding> {
  const { path, rate } = check;
  const plan = { path, rate, forMs: milliseconds(check.for), timeoutMs: milliseconds(check.timeout) };
  const compared = isRelative(check) ? baseline : null;
  await Promise.all([connectFirst(entrances, plan), compared && connectFirst(compared.entrances, plan)]);
  const [own, live] = await Promise.all([soak(entrances, plan), compared && soak(compared.entrances, plan)]);
  const measured = Object.entries(shares).flatMap(([name, share]) => {
    return judge(check, name as keyof typeof shares, share, own, live);
  });
  const detail = `${measured.map(({ detail }) => detail).join(", ")}, of ${own.sent} requests`;
  const failed = measured.find(({ result }) => result !== "passed");
  return { result: failed?.result ?? "passed", detail: own.errors > 0 ? `${detail}; ${own.error}` : detail };
}

function isRelative({ p50Within, p95Within, p99Within }: LatencyCheckSettings): boolean {
  return [p50Within, p95Within, p99Within].some((within) => within !== undefined);
}

/** One percentile against its thresholds; nothing when it has none. */
function judge(
  check: LatencyCheckSettings,
  name: keyof typeof shares,
  share: number,
  own: Soaked,
  live: Soaked | null,
): Finding[] {
  const value = percentile(own.latencies, share);
  const judged: Finding[] = [];
  const limit = check[name];
  if (limit !== undefined) {
    judged.push(finding(value <= milliseconds(limit), `${name} ${human(value)} (at most ${limit})`));
  }
  const within = check[`${name}Within`];
  if (within === undefined) return judged;
  if (live === null) {
    // Nobody is served yet whom a slow first release could harm.
    return [...judged, finding(true, `${name} ${human(value)} (no other color runs to compare it with)`)];
  }
  const base = percentile(live.latencies, share);
  if (!Number.isFinite(base)) {
    return [...judged, { result: "inconclusive", detail: `the other color's ${name} can't be told: ${live.error}` }];
  }
  const most = base + Math.max(base * fraction(within), milliseconds(check.slack));
  const detail = `${name} ${human(value)} (within ${within} of the other color's ${human(base)})`;
  return [...judged, finding(value <= most, detail)];
}

function finding(passed: boolean, detail: string): Finding {
  return { result: passed ? "passed" : "failed", detail };
}

function human(latency: number): string {
  return Number.isFinite(latency) ? humanMilliseconds(latency) : "no answer";
}
