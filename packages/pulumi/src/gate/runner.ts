import { type Color, describeFault, type Evidence } from "@bluegreen/core";
import type { NamedGate } from "../gate.ts";
import { type Candidate, type Fronts, type PlatformAddress, platformOf } from "../platform.ts";
import { reasonOf } from "../reason.ts";
import { runCommand } from "./command.ts";
import { runHttp } from "./http.ts";
import { runJob } from "./job.ts";

/**
 * What a gate's process is told. Everything in it is constant for one attempt, so that nothing else starts it again.
 * Probes may go out from the router.
 */
export interface GateTask extends Fronts {
  readonly gate: NamedGate;
  readonly app: string;
  readonly platform: PlatformAddress;
  readonly attempt: number;
  readonly color: Color;
  /** `false`: the wish for this attempt's color was taken back, so there is nothing left to check. */
  readonly wanted: boolean;
  readonly release: string;
  /** Where the candidate answers by itself, on platforms where it has such an address. */
  readonly candidateUrl: string;
}

/** What a gate found: one line for a person. */
export interface Verdict {
  readonly passed: boolean;
  readonly detail: string;
}

/** Runs one gate and prints its evidence on stdout. Returns the exit code: 0 passed, 1 everything else. */
export async function runGate(text: string): Promise<number> {
  const task = JSON.parse(text) as GateTask;
  if (!task.wanted) {
    const verdict = { passed: false, detail: `not run, ${task.color} is not wished for any more` };
    console.log(JSON.stringify(evidenceOf(task, [], verdict)));
    return 0;
  }
  const { verdict, subjects } = await check(task).catch((error) => ({
    verdict: { passed: false, detail: reasonOf(error) },
    subjects: [],
  }));
  if (!verdict.passed) {
    const problem = `gate ${task.gate.name} of ${task.color} ${task.release} failed: ${verdict.detail}`;
    const fix = "traffic was not touched; mend the release and run `pulumi up` again, or set activeColor back";
    console.error(`✖ ${describeFault({ problem, at: `gates.${task.gate.name}`, fix })}`);
    return 1;
  }
  console.log(JSON.stringify(evidenceOf(task, subjects, verdict)));
  return 0;
}

async function check(task: GateTask): Promise<{ verdict: Verdict; subjects: readonly string[] }> {
  const platform = await platformOf(task.platform);
  const candidate = await platform.findCandidate(task);
  try {
    const verdict = await runCheck(candidate, task);
    const after = await platform.findCandidate(task);
    await after.close();
    const { subjects } = after;
    const same =
      candidate.subjects.length === subjects.length && candidate.subjects.every((id) => subjects.includes(id));
    const changed = { passed: false, detail: "the candidate's backends changed while they were checked" };
    return { verdict: same ? verdict : changed, subjects };
  } finally {
    await candidate.close();
  }
}

function runCheck(candidate: Candidate, task: GateTask): Promise<Verdict> {
  const { gate } = task;
  switch (gate.kind) {
    case "http":
      return runHttp(candidate, gate, task.exposed.service);
    case "command":
      return runCommand(candidate, task, gate);
    case "job":
      return runJob(candidate, task, gate);
    default:
      return gate satisfies never;
  }
}

function evidenceOf(task: GateTask, subjects: readonly string[], verdict: Verdict): Evidence {
  return {
    gate: task.gate.name,
    attempt: task.attempt,
    color: task.color,
    release: task.release,
    subjects,
    ...verdict,
    at: new Date().toISOString(),
  };
}
