import { describeFault, type Evidence, type FaultCode } from "@bluegreen/core";
import { lookAt, withSecrets } from "../checks/look.ts";
import { askedOf } from "../checks/parts/reach.ts";
import type { Finding } from "../contracts/check.ts";
import { reasonOf } from "../io/reason.ts";
import { tailOf } from "../io/shell.ts";
import { platformOf } from "../platforms.ts";
import { endAttempt, startCandidate } from "./candidate.ts";
import { untilPassed } from "./patience.ts";
import { joinSiblings, type Siblings } from "./siblings.ts";
import type { GateSecrets, GateTask } from "./task.ts";

/** Runs one gate and prints its evidence on stdout. Returns the exit code: 0 passed, 1 everything else. */
export async function runGate(text: string): Promise<number> {
  const task = JSON.parse(text) as GateTask;
  if (!task.wanted) {
    const detail = `not run, ${task.color} is not wished for any more`;
    console.log(JSON.stringify(evidenceOf(task, [], { result: "failed", detail })));
    return 0;
  }
  const startedMs = Date.now();
  const siblings = await joinSiblings(task.app, task.attempt);
  const { finding, subjects, endedBy } = await checkBeside(task, siblings);
  siblings.close();
  if (endedBy !== undefined) {
    console.error(`✖ gate ${task.gate.name} of ${task.color} ${task.release} ended, because gate ${endedBy} failed`);
    return 1;
  }
  if (finding.result !== "passed") {
    await siblings.fail(task.gate.name);
    show(task, finding);
    const left = await endAttempt(task, { code: codeOf(finding), reason: verdict(task, finding), startedMs });
    if (left !== "") console.error(left);
    return 1;
  }
  console.log(JSON.stringify(evidenceOf(task, subjects, finding)));
  return 0;
}

interface Checked {
  readonly finding: Finding;
  readonly subjects: readonly string[];
  /** The gate of the same attempt that failed first. */
  readonly endedBy?: string;
}

/** As long as no other gate of the attempt has failed, after which there is nothing left to decide. */
async function checkBeside(task: GateTask, siblings: Siblings): Promise<Checked> {
  const over = new AbortController();
  const checked = check(task, over.signal).catch((error): Checked => {
    return { finding: { result: "failed", detail: reasonOf(error) }, subjects: [] };
  });
  const ended = siblings.failed.then((endedBy): Checked => {
    return { finding: { result: "failed", detail: "" }, subjects: [], endedBy };
  });
  const first = await Promise.race([checked, ended]);
  over.abort();
  return first;
}

async function check(task: GateTask, ended: AbortSignal): Promise<Checked> {
  const { gate } = task;
  const platform = await platformOf(task.platform);
  const candidate = await startCandidate(task);
  try {
    const { own, color } = JSON.parse(process.env.BLUEGREEN_GATE_SECRETS ?? "") as GateSecrets;
    const known = askedOf(withSecrets(gate, own), task.reach[task.color], task.service);
    const tell = (line: string) => console.error(`gate ${gate.name}: ${line}`);
    const finding = await untilPassed(gate, () => lookAt(known, { ...candidate.subject, ended }, color), tell);
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

function show(task: GateTask, finding: Finding): void {
  const { name } = task.gate;
  const { output = "" } = finding;
  if (output !== "") for (const line of tailOf(output, name)) console.error(line);
  const fix = "traffic was not touched; fix the release and run `pulumi up` again, or set activeColor back";
  console.error(
    `✖ ${describeFault({ code: codeOf(finding), problem: verdict(task, finding), at: `gates.${name}`, fix })}`,
  );
}

function codeOf({ result }: Finding): FaultCode {
  return result === "failed" ? "gate-failed" : "gate-cannot-tell";
}

function verdict({ gate, color, release }: GateTask, { result, detail }: Finding): string {
  return `gate ${gate.name} of ${color} ${release} ${result === "failed" ? "failed" : "could not tell"}: ${detail}`;
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
