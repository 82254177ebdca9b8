import type { Loss } from "./loss.ts";
import { rate } from "./routed-app.ts";
import type { Fault } from "./scene.ts";
import type { Stage } from "./stage.ts";
import type { Span } from "./steps.ts";

/** How much may be lost, requests or milliseconds, and why so much. */
export interface Allowance {
  readonly limit: number;
  /** Empty when nothing may. */
  readonly words: string;
}

/** When it went how far. ms since 1970. */
export interface Times {
  readonly struckAt: number;
  /** The cutover went on. */
  readonly releasedAt: number;
  readonly mendedAt: number;
  /** Of the run that was struck; of the next one, if nobody was live before that. */
  readonly endedAt: number;
}

/** Longest wait of a check for its answer; the library's default. */
const checkTimeoutMs = 5_000;
/** Of a check that takes its time on a busy machine, and until kube-proxy has followed. */
const slackMs = 500;
/** Requests on their way as it strikes. */
const onTheirWay = 5;
/** Until a worker has ended, its successor is started and has come to its first line; on a busy machine. */
const handoverMs = 5_000;

/** Exclusive workers may be missing for as long as each handover takes, and what is left of a run that was struck in one. */
export function allowance(
  stage: Stage,
  fault: Fault,
  trace: readonly Span[],
  { loss, ...times }: Times & { readonly loss: Loss },
): Allowance {
  if (loss.of === "requests") return allowedRequests(stage, fault, trace, times);
  const { length } = loss.gapsMs;
  const ms = times.endedAt - times.struckAt;
  const words = `${length} × ${handoverMs} ms + ${ms} ms from the fault to the end of the run that left somebody at work`;
  return { limit: length * handoverMs + ms, words };
}

/**
 * A router that is down costs what it is down. A candidate that dies as soon as it is live costs what it takes to find
 * that out, interval × failure limit, and to switch back, which is measured.
 */
function allowedRequests(
  stage: Stage,
  { costs, silent }: Fault,
  trace: readonly Span[],
  { struckAt, releasedAt, mendedAt }: Times,
): Allowance {
  switch (costs) {
    case undefined:
      return { limit: 0, words: "" };
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
  return { limit: Math.ceil((rate * ms) / 1_000) + onTheirWay, words: `${words} + ${onTheirWay}` };
}

/** From the breach to the answer of the revert's write. */
function switchBack(trace: readonly Span[]): number {
  const breach = trace.findLast(({ step }) => step === "verifying" || step === "baking");
  const revert = trace.findLast(({ step }) => step === "reverting");
  return breach && revert && revert.to > breach.to ? revert.to - breach.to : 0;
}
