import { type Color, describeFault, type Evidence } from "@bluegreen/core";
import type Docker from "dockerode";
import { connectDocker, reasonOf, statusOf } from "../docker/client.ts";
import { type Found, findContainers } from "../docker/inventory.ts";
import { labels } from "../docker/labels.ts";
import type { NamedGate } from "../gate.ts";
import { runCommand } from "./command.ts";
import { runHttp } from "./http.ts";

/** What a gate's process is told. Everything in it is constant for one attempt, so that nothing else starts it again. */
export interface GateTask {
  readonly gate: NamedGate;
  readonly app: string;
  readonly host: string;
  /** Id of the router's container; probes go out from there. */
  readonly router: string;
  readonly attempt: number;
  readonly color: Color;
  /** `false`: the wish for this attempt's color was taken back, so there is nothing left to check. */
  readonly wanted: boolean;
  readonly release: string;
  /** The exposed service, its port, and where the candidate answers by itself. */
  readonly service: string;
  readonly port: number;
  readonly candidateUrl: string;
}

/** What a gate found: one line for a person. */
export interface Verdict {
  readonly passed: boolean;
  readonly detail: string;
}

export interface Candidate {
  readonly docker: Docker;
  /** Ids of all containers of the candidate that run as the gate begins. */
  readonly running: readonly string[];
  /** The containers behind the exposed service. */
  readonly exposed: readonly Found[];
  readonly task: GateTask;
}

/** Runs one gate and prints its evidence on stdout. Returns the exit code: 0 passed, 1 everything else. */
export async function runGate(text: string): Promise<number> {
  const task = JSON.parse(text) as GateTask;
  if (!task.wanted) {
    const verdict = { passed: false, detail: `not run, ${task.color} is not wished for any more` };
    console.log(JSON.stringify(evidenceOf(task, [], verdict)));
    return 0;
  }
  let verdict: Verdict;
  let subjects: string[] = [];
  try {
    const candidate = await findCandidate(task);
    const before = candidate.running;
    verdict = task.gate.kind === "http" ? await runHttp(candidate, task.gate) : await runCommand(candidate, task.gate);
    subjects = await subjectsOf(candidate.docker, task);
    const same = before.length === subjects.length && before.every((id) => subjects.includes(id));
    if (!same) verdict = { passed: false, detail: "the candidate's containers changed while they were checked" };
  } catch (error) {
    verdict = { passed: false, detail: reasonOf(error) };
  }
  if (!verdict.passed) {
    const problem = `gate ${task.gate.name} of ${task.color} ${task.release} failed: ${verdict.detail}`;
    const fix = "traffic was not touched; mend the release and run `pulumi up` again, or set activeColor back";
    console.error(`✖ ${describeFault({ problem, at: `gates.${task.gate.name}`, fix })}`);
    return 1;
  }
  console.log(JSON.stringify(evidenceOf(task, subjects, verdict)));
  return 0;
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

async function findCandidate(task: GateTask): Promise<Candidate> {
  const docker = connectDocker(task.host);
  const [all] = await Promise.all([candidateContainers(docker, task), startRouter(docker, task.router)]);
  const running = all.filter((one) => one.running);
  const exposed = running.filter((one) => one.service === task.service);
  if (exposed.length === 0) throw new Error(`no running container of ${task.color} ${task.release} ${task.service}`);
  return { docker, running: running.map((one) => one.id), exposed, task };
}

/** Before the first color is live the interlock stops every router it finds, so that no leftover holds the port. */
async function startRouter(docker: Docker, router: string): Promise<void> {
  try {
    // Already running is fine: Docker answers 304 then.
    await docker.getContainer(router).start();
  } catch (error) {
    if (statusOf(error) === 304) return;
    throw new Error(`the router can't be started (\`pulumi up --refresh\` makes a new one): ${reasonOf(error)}`);
  }
}

async function subjectsOf(docker: Docker, task: GateTask): Promise<string[]> {
  return (await candidateContainers(docker, task)).filter((one) => one.running).map((one) => one.id);
}

function candidateContainers(docker: Docker, task: GateTask): Promise<Found[]> {
  return findContainers(docker, task.app, "backend", { [labels.color]: task.color, [labels.release]: task.release });
}
