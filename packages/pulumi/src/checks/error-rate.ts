import { type ErrorRateCheckSettings, fraction, humanFraction, milliseconds, type Percent } from "@bluegreen/core";
import type { Finding, Subject } from "../contracts/check.ts";
import { kind } from "./parts/kind.ts";
import { connectFirst, soak } from "./parts/soak.ts";
import type { Loads } from "./parts/waits.ts";

export interface ErrorRateCheck extends Loads {
  readonly kind: "errorRate";
  /** Share of requests that may fail (no answer in time, or a status of 500 and above), such as `"0.5%"`. */
  readonly below: Percent;
}

/** Failed requests under synthetic load. @example errorRate({ below: "0.5%", rate: 50, for: "30s" }) */
export const errorRate = kind<ErrorRateCheck>("errorRate", checkErrorRate);

/** The share of failed requests under synthetic load. */
export async function checkErrorRate(check: ErrorRateCheckSettings, subject: Subject): Promise<Finding> {
  const { path, rate, below } = check;
  const plan = { path, rate, forMs: milliseconds(check.for), timeoutMs: milliseconds(check.timeout) };
  await connectFirst(subject.entrances, plan);
  const { sent, errors, error } = await soak(subject.entrances, plan);
  const share = errors / sent;
  const measured = `${errors} of ${sent} requests failed, ${humanFraction(share)} (below ${below})`;
  if (share < fraction(below)) return { result: "passed", detail: measured };
  return { result: "failed", detail: `${measured}; the first: ${error}` };
}
