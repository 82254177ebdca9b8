import { humanMilliseconds, type JobCheckSettings, milliseconds } from "@bluegreen/core";
import type { Environment, Finding, Subject } from "../contracts/check.ts";

type Job = Omit<JobCheckSettings, "env"> & { readonly env: Environment };

/** The user's image as a job beside the color. */
export async function checkJob(check: Job, subject: Pick<Subject, "runJob" | "ended">): Promise<Finding> {
  if (!subject.runJob) return { result: "inconclusive", detail: "this platform runs no jobs" };
  const { image, command, env: secrets, timeout } = check;
  const started = Date.now();
  const ends = subject.ended ? { signal: subject.ended } : {};
  const { result, output } = await subject.runJob({
    image,
    command,
    timeoutMs: milliseconds(timeout),
    secrets,
    ...ends,
  });
  const span = humanMilliseconds(Date.now() - started);
  if (result === "passed") return { result, detail: `the job ended well after ${span}` };
  const detail = result === "timeout" ? `the job did not end within ${timeout}` : `the job failed after ${span}`;
  return { result: "failed", detail, output };
}
