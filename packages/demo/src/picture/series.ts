import type { Second } from "@bluegreen/testkit/load/report";

/** A stretch of the time axis: mean requests per second in it, by outcome. */
export interface Bin {
  /** Seconds since the run's start. */
  readonly from: number;
  readonly to: number;
  readonly blue: number;
  readonly green: number;
  readonly none: number;
  readonly failed: number;
  /** Failed requests in the stretch, a whole number. */
  readonly failures: number;
}

/** A stretch of time with failures, and how many. */
export interface FailureSpan {
  readonly from: number;
  readonly to: number;
  readonly failures: number;
}

/**
 * Joins seconds so that at most `most` bins remain. The run's last, broken second counts by the part it lasted;
 * a very short one joins the bin before, for its rate would be a guess.
 * @param length of the run, in seconds
 */
export function binsOf(seconds: readonly Second[], length: number, most: number): Bin[] {
  const width = Math.max(1, Math.ceil(seconds.length / most));
  const groups: Second[][] = [];
  for (let i = 0; i < seconds.length; i += width) groups.push(seconds.slice(i, i + width));
  const lastStart = (groups.length - 1) * width;
  if (groups.length > 1 && length - lastStart < width / 2) groups.splice(-2, 2, groups.slice(-2).flat());
  return groups.map((group, i) => {
    const from = i * width;
    const to = i === groups.length - 1 ? Math.max(length, from + 0.001) : from + width;
    const total = (pick: (second: Second) => number) => group.reduce((sum, second) => sum + pick(second), 0);
    const failures = total((second) => second.failed);
    return {
      from,
      to,
      blue: total((second) => second.blue) / (to - from),
      green: total((second) => second.green) / (to - from),
      none: total((second) => second.none) / (to - from),
      failed: failures / (to - from),
      failures,
    };
  });
}

/** Stretches with failures; those less than `near` seconds apart are told as one. */
export function failureSpans(bins: readonly Bin[], near: number): FailureSpan[] {
  const spans: FailureSpan[] = [];
  for (const { from, to, failures } of bins) {
    if (failures === 0) continue;
    const last = spans.at(-1);
    if (last !== undefined && from - last.to < near) {
      spans[spans.length - 1] = { from: last.from, to, failures: last.failures + failures };
    } else spans.push({ from, to, failures });
  }
  return spans;
}
