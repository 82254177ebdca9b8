import { type Duration, type ExecCheckSettings, milliseconds } from "@bluegreen/core";
import type { Finding, RunningContainer, Subject } from "../contracts/check.ts";
import { bounds } from "../io/bounds.ts";
import { containersOf, eachOf } from "./parts/asked.ts";
import { kind } from "./parts/kind.ts";
import { textProblem } from "./parts/text.ts";
import type { Waits } from "./parts/waits.ts";

export interface ExecCheck extends Waits {
  readonly kind: "exec";
  /** The service in each of whose containers it runs. @default the one that the first router exposes */
  readonly service?: string | undefined;
  /** A program of the image, with its arguments; no shell unless you name one. Exit 0 passes. */
  readonly command: readonly string[];
  /** Text that it must print, on stdout or stderr, in the last 64 KiB. */
  readonly contains?: string | undefined;
  /** Regular expression that what it prints must match. */
  readonly matches?: string | undefined;
  /** Nobody waits longer for it; Docker has no way to end it then. @default "30s" */
  readonly timeout?: Duration | undefined;
}

/** A program inside the color's containers. @example exec({ command: ["./healthcheck"] }) */
export const exec = kind<ExecCheck>("exec", checkExec);

/** A program inside each container of a service ends well, and prints what it should. */
export async function checkExec(check: ExecCheckSettings, subject: Subject): Promise<Finding> {
  const service = check.service ?? subject.entrances[0]?.service;
  if (service === undefined && containersOf(undefined, subject).length > 1) {
    return { result: "inconclusive", detail: "no router exposes a service; name the one whose containers are meant" };
  }
  return eachOf(service, subject, (container) => run(check, container));
}

async function run(check: ExecCheckSettings, container: RunningContainer): Promise<Finding> {
  const { exit, output } = await container.exec(check.command, milliseconds(check.timeout));
  const [program] = check.command;
  if (exit !== 0) return { result: "failed", detail: `${container.name}: ${program} ended with ${exit}`, output };
  const cut = Buffer.byteLength(output) >= bounds.printed;
  const problem = await textProblem(output, check, cut ? `last ${bounds.printed >> 10} KiB` : null);
  if (problem) return { result: "failed", detail: `${container.name}: what ${program} printed ${problem}`, output };
  return { result: "passed", detail: `${container.name}: ${program} ended with 0` };
}
