import { setTimeout as sleep } from "node:timers/promises";
import { exposedBy } from "../app/fronts.ts";
import type { Candidate } from "../contracts/candidate.ts";
import type { Site } from "../contracts/site.ts";
import { keepRefusal, type Why } from "../cutover/kept-refusal.ts";
import { reasonOf } from "../io/reason.ts";
import { platformOf } from "../platforms.ts";
import { leaveBeforeCutover } from "./failed-candidate.ts";
import type { GateTask } from "./task.ts";

/** A candidate that was stopped gets this long to be ready before its gates are asked; they judge it then. Milliseconds. */
const startWithinMs = 60_000;
const startPauseMs = 250;
const probeTimeoutMs = 2_000;

/** What started this process. Without it nobody waits for this gate any more. */
const parent = process.ppid;

/** The candidate as it runs now, and started if an attempt before this one has stopped it. */
export async function startCandidate(task: GateTask): Promise<Candidate> {
  const platform = await platformOf(task.platform);
  const started = await (await openSite(task)).backends.remains(task.color).start();
  const candidate = await platform.findCandidate(task);
  const deadline = Date.now() + startWithinMs;
  while (started && Date.now() < deadline && !(await isReady(candidate, task))) await sleep(startPauseMs);
  return candidate;
}

async function isReady({ subject: { containers } }: Candidate, task: GateTask): Promise<boolean> {
  const exposed = exposedBy(task);
  const answers = containers.map(async (container) => {
    const ready = task.reach[task.color][container.service]?.ready;
    if (!ready || !exposed.includes(container.service)) return true;
    const { path, port } = ready;
    return (await container.entrance(port).request({ path, timeoutMs: probeTimeoutMs })).status === 200;
  });
  return Promise.all(answers).then(
    (all) => all.every((ready) => ready),
    () => false,
  );
}

/** After a gate has failed no cutover follows, so the attempt's record and what becomes of its candidate are done here. */
export async function endAttempt(task: GateTask, why: Why): Promise<string> {
  const { gate, color, release, attempt } = task;
  const orphaned = async () => (process.ppid === parent ? null : "the run that wanted it has ended");
  try {
    const site = await openSite(task);
    await keepRefusal(site, { color, release, attempt }, why);
    return await leaveBeforeCutover(site, { color, release, attempt }, gate.failedCandidate ?? "keep", orphaned);
  } catch (error) {
    return `whether ${color} ${release} still runs is not known: ${reasonOf(error)}`;
  }
}

/** The app as far as a gate knows it: the routers, and the candidate by its release. */
async function openSite(task: GateTask): Promise<Site> {
  const { app, platform, color, release, router, service, followers, reach } = task;
  const fronts = { router, service, ...(followers ? { followers } : {}) };
  const parts = { app, platform, ...fronts, versions: { [color]: release }, reach, workloads: { blue: [], green: [] } };
  return (await platformOf(platform)).openSite(parts);
}
