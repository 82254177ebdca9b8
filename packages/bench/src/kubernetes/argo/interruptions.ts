import type { Second } from "@bluegreen/testkit/load/report";

export interface Interruption {
  /** Whole seconds since the load began; `to` is the last one with a failure. */
  readonly from: number;
  readonly to: number;
  readonly failed: number;
}

/** Spans of seconds in a row in which requests failed. */
export function interruptions(seconds: readonly Second[]): Interruption[] {
  const spans: Interruption[] = [];
  for (const { t, failed } of seconds) {
    if (failed === 0) continue;
    const last = spans.at(-1);
    if (last?.to === t - 1) spans[spans.length - 1] = { from: last.from, to: t, failed: last.failed + failed };
    else spans.push({ from: t, to: t, failed });
  }
  return spans;
}

/**
 * Seconds from the first second with a failure to the last one, both included; 0 without any. `null`: it had not
 * recovered, for there was a failure within the last `quiet` seconds.
 */
export function recoveredAfter(seconds: readonly Second[], quiet: number): number | null {
  const spans = interruptions(seconds);
  const [first, last] = [spans[0], spans.at(-1)];
  if (!first || !last) return 0;
  const end = (seconds.at(-1)?.t ?? 0) + 1;
  return end - (last.to + 1) < quiet ? null : last.to + 1 - first.from;
}
