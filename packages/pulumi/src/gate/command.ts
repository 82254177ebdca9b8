import type { CommandCheckSettings } from "@bluegreen/core";
import type { Candidate } from "../platform.ts";
import { runShell, tailOf } from "../shell.ts";
import type { GateTask, Verdict } from "./runner.ts";

/** The user's command, which is told where the candidate answers. */
export async function runCommand(
  candidate: Pick<Candidate, "openUrl">,
  task: Pick<GateTask, "gate" | "color" | "release">,
  check: Omit<CommandCheckSettings, "env">,
): Promise<Verdict> {
  const opened = await candidate.openUrl();
  const { BLUEGREEN_GATE: _task, ...inherited } = process.env;
  const env = {
    ...inherited,
    BLUEGREEN_CANDIDATE_URL: opened.url,
    BLUEGREEN_COLOR: task.color,
    BLUEGREEN_RELEASE: task.release,
  };
  try {
    const { passed, detail, output } = await runShell({ run: check.run, env, timeout: check.timeout });
    if (!passed) showTail(output, task.gate.name);
    return { passed, detail };
  } finally {
    await opened.close();
  }
}

/** The end of the output, without the values that were handed over in the gate's `env`, which may be secret. */
export function showTail(output: string, gate: string): void {
  const secrets = (process.env.BLUEGREEN_GATE_ENV ?? "").split(",").flatMap((name) => process.env[name] || []);
  for (const line of tailOf(output, gate, secrets)) console.error(line);
}
