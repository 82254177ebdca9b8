import { setTimeout as sleep } from "node:timers/promises";
import { humanMilliseconds, milliseconds, type Patience } from "@bluegreen/core";
import type { Finding } from "../contracts/check.ts";

/** How often a person is told how it goes, at most. Milliseconds. */
const tellEveryMs = 10_000;

/**
 * Looks until a check has passed for `healthyFor` without a break, which has to begin within `within`. What is
 * inconclusive is a break as what failed is. Nothing to wait for means one look.
 */
export async function untilPassed(
  patience: Patience,
  look: () => Promise<Finding>,
  tell: (line: string) => void = () => {},
): Promise<Finding> {
  const { healthyFor = "0s", within = "0s", interval = "1s" } = patience;
  const started = Date.now();
  let since: number | null = null;
  let told = started;
  let inARow = 0;
  for (;;) {
    const found = await look();
    const now = Date.now();
    inARow = found.result === "passed" ? inARow + 1 : 0;
    since = found.result === "passed" ? (since ?? now) : null;
    if (since !== null && now - since >= milliseconds(healthyFor)) {
      return { ...found, detail: praise(found, now - since, inARow) };
    }
    if (since === null && now + milliseconds(interval) > started + milliseconds(within)) {
      const waited = milliseconds(within) + milliseconds(healthyFor) > 0;
      const bounds = `asked for ${healthyFor} of health within ${within}`;
      return waited ? { ...found, detail: `${found.detail} (${bounds})` } : found;
    }
    if (now - told >= tellEveryMs) {
      told = now;
      const held = since === null ? "" : ` for ${humanMilliseconds(now - since)} of ${healthyFor}`;
      tell(`${found.detail}${held}; ${humanMilliseconds(now - started)} so far`);
    }
    await sleep(milliseconds(interval));
  }
}

function praise({ detail }: Finding, ms: number, inARow: number): string {
  const span = ms > 0 ? ` for ${humanMilliseconds(ms)}` : "";
  return inARow > 1 ? `${detail}${span}, ${inARow} times in a row` : detail;
}
