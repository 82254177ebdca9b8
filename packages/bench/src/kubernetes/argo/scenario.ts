import { setTimeout as sleep } from "node:timers/promises";
import { type Load, startLoad } from "@bluegreen/testkit/load/load";
import type { LoadReport } from "@bluegreen/testkit/load/report";

/** The same on both sides. */
export const replicas = 2;
export const intervalSeconds = 2;
export const failureLimit = 2;
export const watchSeconds = 60;
export const checkTimeoutSeconds = 2;
export const crashAfterSeconds = 8;
/** Load before the new release is let loose. */
const beforeMs = 5_000;

export interface ScenarioOptions {
  readonly rate: number;
  readonly seconds: number;
}

export interface Ending {
  readonly who: "argo" | "ours";
  readonly title: string;
  readonly report: LoadReport;
  /** Who answered the last requests: a color, or "nobody". */
  readonly answers: string;
  readonly phase: string;
  /** As text: the exit code, or why there is none. */
  readonly exit: string;
  /** The color in Pulumi's state; empty where there is none. */
  readonly state: string;
  /** Ready pods of the old color at the end. */
  readonly warm: number;
  readonly notes: readonly string[];
}

/** Runs `release` under the load, and the load to its end whatever becomes of that. */
export async function underLoad<T>(
  url: string,
  { rate, seconds }: ScenarioOptions,
  release: (load: Load) => Promise<T>,
): Promise<{ report: LoadReport; result: T }> {
  const load = await startLoad({ url, rate, newShare: 1, manySources: true, maxSeconds: seconds });
  try {
    const end = performance.now() + seconds * 1_000;
    await sleep(beforeMs);
    const result = await release(load);
    await sleep(Math.max(0, end - performance.now()) + 500);
    return { report: await load.stop(), result };
  } finally {
    await load.stop();
  }
}

/** Who answered in the run's last second, as far as anybody did. */
export function lastAnswers({ seconds }: LoadReport): string {
  const last = seconds.slice(-3);
  const colors = (["blue", "green"] as const).filter((color) => last.some((second) => second[color] > 0));
  const failed = last.some((second) => second.failed > 0);
  if (colors.length === 0) return "nobody";
  return `${colors.join(" and ")}${failed ? ", not always" : ""}`;
}

/** Where something is in the run, in whole seconds since the load began. */
export function secondOf(report: LoadReport, at: number): string {
  return `${((at - report.startedAt) / 1_000).toFixed(1)} s`;
}
