import {
  type Duration,
  fraction,
  humanMilliseconds,
  type LatencyCheckSettings,
  milliseconds,
  type Percent,
} from "@bluegreen/core";
import type { Finding, Subject } from "../contracts/check.ts";
import { kind } from "./parts/kind.ts";
import { connectFirst, percentile, type Soaked, soak } from "./parts/soak.ts";
import type { Loads } from "./parts/waits.ts";

export interface LatencyCheck extends Loads {
  readonly kind: "latency";
  /** Most that the percentile may be, such as `"200ms"`. */
  readonly p50?: Duration | undefined;
  readonly p95?: Duration | undefined;
  readonly p99?: Duration | undefined;
  /** By how much more than the live color's it may be, measured at the same time under the same load: `"20%"`. */
  readonly p50Within?: Percent | undefined;
  readonly p95Within?: Percent | undefined;
  readonly p99Within?: Percent | undefined;
  /** A difference this small is noise, whatever share it is. @default "5ms" */
  readonly slack?: Duration | undefined;
}

/** Latency under synthetic load, open loop. @example latency({ p95Within: "20%", rate: 50, for: "30s" }) */
export const latency = kind<LatencyCheck>("latency", checkLatency);

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
