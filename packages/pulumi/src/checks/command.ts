import type { CommandCheckSettings } from "@bluegreen/core";
import type { Environment, Finding, Subject } from "../contracts/check.ts";
import { runShell } from "../io/shell.ts";
import { toldOf } from "./parts/told.ts";

type Command = Omit<CommandCheckSettings, "env"> & { readonly env: Environment };
type Asked = Pick<Subject, "color" | "release" | "openUrl" | "ended">;

/** The user's command on the deployer, which is told where the color answers. */
export async function checkCommand({ run, env: given, timeout }: Command, subject: Asked): Promise<Finding> {
  const { color, release, ended: signal } = subject;
  const { BLUEGREEN_GATE: _task, BLUEGREEN_GATE_SECRETS: _secrets, ...inherited } = process.env;
  const opened = await subject.openUrl();
  try {
    const env = { ...inherited, ...given, ...toldOf(opened.url, color, release) };
    const { passed, detail, output } = await runShell({ run, env, timeout, ...(signal ? { signal } : {}) });
    return passed ? { result: "passed", detail } : { result: "failed", detail, output };
  } finally {
    await opened.close();
  }
}
