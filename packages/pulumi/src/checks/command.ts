import type { CommandCheckSettings, Duration } from "@bluegreen/core";
import type * as pulumi from "@pulumi/pulumi";
import type { Environment, Finding, Subject } from "../contracts/check.ts";
import { runShell } from "../io/shell.ts";
import { kind } from "./parts/kind.ts";
import { toldOf } from "./parts/told.ts";
import type { Waits } from "./parts/waits.ts";

export interface CommandCheck extends Waits {
  readonly kind: "command";
  /**
   * Run by `/bin/sh -c` where Pulumi runs; exit 0 passes. It is told `BLUEGREEN_COLOR`, `BLUEGREEN_RELEASE` and
   * `BLUEGREEN_URL`: the candidate's own address before the switch, the live one after it.
   */
  readonly run: string;
  /** After this long the command and all that it started are killed, and the check has failed. @default "60s" */
  readonly timeout?: Duration | undefined;
  /** More environment variables; may be secret. */
  readonly env?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
}

/** A command of yours. @example command({ run: "npm run smoke", timeout: "30s" }) */
export const command = kind<CommandCheck>("command", checkCommand);

type Command = Omit<CommandCheckSettings, "env"> & { readonly env: Environment };
type Asked = Pick<Subject, "color" | "release" | "tools" | "ended">;

/** The user's command on the deployer, which is told where the color answers. */
export async function checkCommand({ run, env: given, timeout }: Command, subject: Asked): Promise<Finding> {
  const { color, release, ended: signal } = subject;
  const { BLUEGREEN_GATE: _task, BLUEGREEN_GATE_SECRETS: _secrets, ...inherited } = process.env;
  const opened = await subject.tools.openUrl();
  try {
    const env = { ...inherited, ...given, ...toldOf(opened.url, color, release) };
    const { passed, detail, output } = await runShell({ run, env, timeout, ...(signal ? { signal } : {}) });
    return passed ? { result: "passed", detail } : { result: "failed", detail, output };
  } finally {
    await opened.close();
  }
}
