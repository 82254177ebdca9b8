import { type Duration, humanMilliseconds, type JobCheckSettings, milliseconds } from "@bluegreen/core";
import type * as pulumi from "@pulumi/pulumi";
import type { Environment, Finding, Subject } from "../contracts/check.ts";
import { kind } from "./parts/kind.ts";
import type { Waits } from "./parts/waits.ts";

export interface JobCheck extends Waits {
  readonly kind: "job";
  /** Runs in the app's namespace (Kubernetes), where what the deployer can't reach can be reached. */
  readonly image: string;
  /** Told as a command is; its URL is one inside the cluster. Exit 0 passes. */
  readonly command: readonly string[];
  /** After this long the job is ended, and the check has failed. @default "60s" */
  readonly timeout?: Duration | undefined;
  /** More environment variables; may be secret. */
  readonly env?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
}

/** A Kubernetes Job. @example job({ image: "shop-smoke:7", command: ["./smoke"], timeout: "2m" }) */
export const job = kind<JobCheck>("job", checkJob);

type Job = Omit<JobCheckSettings, "env"> & { readonly env: Environment };

/** The user's image as a job beside the color. */
export async function checkJob(check: Job, subject: Pick<Subject, "tools" | "ended">): Promise<Finding> {
  if (!subject.tools.runJob) return { result: "inconclusive", detail: "this platform runs no jobs" };
  const { image, command, env: secrets, timeout } = check;
  const started = Date.now();
  const ends = subject.ended ? { signal: subject.ended } : {};
  const { result, output } = await subject.tools.runJob({
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
