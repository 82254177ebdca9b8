import { type ErrorRateCheckSettings, fraction, humanFraction, milliseconds } from "@bluegreen/core";
import type { Finding, Subject } from "../contracts/check.ts";
import { connectFirst, soak } from "./parts/soak.ts";

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
