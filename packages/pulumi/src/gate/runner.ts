import { type Color, describeFault, type Evidence } from "@bluegreen/core";
import type { Environment, Finding, NamedGate } from "../check.ts";
import { type Fronts, type PlatformAddress, platformOf } from "../platform.ts";
import { reasonOf } from "../reason.ts";
import { tailOf } from "../shell.ts";
import { leaveFailedCandidate, startCandidate } from "./candidate.ts";
import { lookAt, withSecrets } from "./checks.ts";
import { untilPassed } from "./patience.ts";

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

/** What a gate's process is told in confidence, as JSON in `BLUEGREEN_GATE_SECRETS`. */
export interface GateSecrets {
  /** The check's own, by name. */
  readonly own: Environment;
  /** Values of the candidate's variables, which nothing that is shown may repeat. */
  readonly color: readonly string[];
}

/** Runs one gate and prints its evidence on stdout. Returns the exit code: 0 passed, 1 everything else. */
export async function runGate(text: string): Promise<number> {
  const task = JSON.parse(text) as GateTask;
  if (!task.wanted) {
    const detail = `not run, ${task.color} is not wished for any more`;
    console.log(JSON.stringify(evidenceOf(task, [], { result: "failed", detail })));
    return 0;
  }
  const { finding, subjects } = await check(task).catch((error) => ({
    finding: { result: "failed", detail: reasonOf(error) } as Finding,
    subjects: [],
  }));
  if (finding.result !== "passed") {
    show(task, finding);
    const left = await leaveFailedCandidate(task);
    if (left !== "") console.error(left);
    return 1;
  }
  console.log(JSON.stringify(evidenceOf(task, subjects, finding)));
  return 0;
}

async function check(task: GateTask): Promise<{ finding: Finding; subjects: readonly string[] }> {
  const { gate } = task;
  const platform = await platformOf(task.platform);
  const candidate = await startCandidate(task);
  try {
    const { own, color } = JSON.parse(process.env.BLUEGREEN_GATE_SECRETS ?? "") as GateSecrets;
    const known = withSecrets(gate, own);
    const tell = (line: string) => console.error(`gate ${gate.name}: ${line}`);
    const finding = await untilPassed(gate, () => lookAt(known, candidate, color), tell);
    const after = await platform.findCandidate(task);
    await after.close();
    const { subjects } = after;
    const same =
      candidate.subjects.length === subjects.length && candidate.subjects.every((id) => subjects.includes(id));
    const changed: Finding = {
      result: "failed",
      detail: "the candidate's backends changed while they were checked",
    };
    return { finding: same ? finding : changed, subjects };
  } finally {
    await candidate.close();
  }
}

function show({ gate, color, release }: GateTask, { result, detail, output = "" }: Finding): void {
  if (output !== "") for (const line of tailOf(output, gate.name)) console.error(line);
  const verdict = result === "failed" ? "failed" : "could not tell";
  const problem = `gate ${gate.name} of ${color} ${release} ${verdict}: ${detail}`;
  const fix = "traffic was not touched; mend the release and run `pulumi up` again, or set activeColor back";
  console.error(`✖ ${describeFault({ problem, at: `gates.${gate.name}`, fix })}`);
}

function evidenceOf(task: GateTask, subjects: readonly string[], { result, detail }: Finding): Evidence {
  return {
    gate: task.gate.name,
    attempt: task.attempt,
    color: task.color,
    release: task.release,
    subjects,
    passed: result === "passed",
    detail,
    at: new Date().toISOString(),
  };
}
