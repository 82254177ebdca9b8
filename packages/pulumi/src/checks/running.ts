import type { Duration, RunningCheckSettings } from "@bluegreen/core";
import type { Finding, Subject } from "../contracts/check.ts";
import { kind } from "./parts/kind.ts";

/** Of an app without a live address. */
export interface RunningCheck {
  readonly kind: "running";
  /** How long all that may run before the switch must run and be ready, without a break. @default "5s" */
  readonly healthyFor?: Duration | undefined;
  /** Deadline for getting there; `healthyFor` comes on top. @default "60s" */
  readonly within?: Duration | undefined;
  /** Pause between two looks. @default "1s" */
  readonly interval?: Duration | undefined;
}

/** What `none()` is gated by when no gate is given. @example running({ healthyFor: "30s" }) */
export const running = kind<RunningCheck>("running", checkRunning);

/** All of the candidate that may run before the switch runs and is ready; what may not is there. */
export async function checkRunning(
  _check: RunningCheckSettings,
  { tools: { whyNotReady } }: Subject,
): Promise<Finding> {
  if (!whyNotReady) return { result: "inconclusive", detail: "a running check is for apps without a live address" };
  const reason = await whyNotReady();
  if (reason !== null) return { result: "failed", detail: reason };
  return { result: "passed", detail: "the candidate is fit to become live" };
}
