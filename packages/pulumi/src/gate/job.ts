import { humanMilliseconds, type JobCheckSettings, milliseconds } from "@bluegreen/core";
import type { Candidate } from "../platform.ts";
import { showTail } from "./command.ts";
import type { GateTask, Verdict } from "./runner.ts";

/** The user's image as a job beside the candidate. */
export async function runJob(
  candidate: Pick<Candidate, "runJob">,
  task: GateTask,
  check: Omit<JobCheckSettings, "env">,
): Promise<Verdict> {
  if (!candidate.runJob) throw new Error("this platform runs no jobs");
  const names = (process.env.BLUEGREEN_GATE_ENV ?? "").split(",").filter((name) => name !== "");
  const started = Date.now();
  const { result, output } = await candidate.runJob({
    name: `gate-${task.gate.name}-${task.attempt}`,
    image: check.image,
    command: check.command,
    timeoutMs: milliseconds(check.timeout),
    env: {
      BLUEGREEN_CANDIDATE_URL: task.candidateUrl,
      BLUEGREEN_COLOR: task.color,
      BLUEGREEN_RELEASE: task.release,
    },
    secrets: Object.fromEntries(names.map((name) => [name, process.env[name] ?? ""])),
  });
  const span = humanMilliseconds(Date.now() - started);
  if (result === "passed") return { passed: true, detail: `the job ended well after ${span}` };
  showTail(output, task.gate.name);
  const detail = result === "timeout" ? `the job had no end within ${check.timeout}` : `the job failed after ${span}`;
  return { passed: false, detail };
}
