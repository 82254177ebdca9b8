import type { Fault } from "./scene.ts";
import { rate, type Stage } from "./stage.ts";
import type { Span } from "./steps.ts";

/** How many requests may fail, and why so many. */
export interface Allowance {
  readonly requests: number;
  /** Empty when none may. */
  readonly words: string;
}

/** Longest wait of a check for its answer; the library's default. */
const checkTimeoutMs = 5_000;
/** Of a check that takes its time on a busy machine, and until kube-proxy has followed. */
const slackMs = 500;
/** Requests on their way as it strikes. */
const onTheirWay = 5;

/**
 * A router that is down costs what it is down. A candidate that dies as soon as it is live costs what it takes to find
 * that out, interval × failure limit, and to switch back, which is measured.
 */
export function allowance(
  stage: Stage,
  { costs, silent }: Fault,
  trace: readonly Span[],
  { struckAt, releasedAt, mendedAt }: { struckAt: number; releasedAt: number; mendedAt: number },
): Allowance {
  switch (costs) {
    case undefined:
      return { requests: 0, words: "" };
    case "router": {
      const ms = mendedAt - struckAt;
      return inTime(ms, `${rate}/s × ${ms} ms that it was down`);
    }
    case "candidate": {
      const { intervalMs, failureLimit } = stage.wished;
      const switchMs = switchBack(trace);
      const waitMs = silent ? checkTimeoutMs : 0;
      const ms = releasedAt - struckAt + intervalMs * failureLimit + waitMs + switchMs + slackMs;
      const found = `${intervalMs} ms interval × ${failureLimit}${silent ? ` + ${waitMs} ms timeout` : ""}`;
      return inTime(ms, `${rate}/s × (${found} + ${switchMs} ms switch + ${slackMs} ms)`);
    }
    default:
      return costs satisfies never;
  }
}

function inTime(ms: number, words: string): Allowance {
  return { requests: Math.ceil((rate * ms) / 1_000) + onTheirWay, words: `${words} + ${onTheirWay}` };
}

/** From the breach to the answer of the revert's write. */
function switchBack(trace: readonly Span[]): number {
  const breach = trace.findLast(({ step }) => step === "verifying" || step === "baking");
  const revert = trace.findLast(({ step }) => step === "reverting");
  return breach && revert && revert.to > breach.to ? revert.to - breach.to : 0;
}
