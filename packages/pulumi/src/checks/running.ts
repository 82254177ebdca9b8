import type { RunningCheckSettings } from "@bluegreen/core";
import type { Finding, Subject } from "../contracts/check.ts";

/** All of the candidate that may run before the switch runs and is ready; what may not is there. */
export async function checkRunning(_check: RunningCheckSettings, { whyNotReady }: Subject): Promise<Finding> {
  if (!whyNotReady) return { result: "inconclusive", detail: "a running check is for apps without a live address" };
  const reason = await whyNotReady();
  if (reason !== null) return { result: "failed", detail: reason };
  return { result: "passed", detail: "the candidate is fit to become live" };
}
