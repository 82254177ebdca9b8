import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { JobRequest, JobResult } from "../contracts/job.ts";
import { reasonOf } from "../io/reason.ts";
import type { KubernetesClient } from "./client.ts";
import { fieldManager, labels, resourceName } from "./labels.ts";

const pollMs = 500;
const shownLines = 50;
/** What a killed gate leaves behind goes by itself. Seconds. */
const keptSeconds = 600;
/** On a Job's pods, since Kubernetes 1.27. */
const jobLabel = "batch.kubernetes.io/job-name";
const uidLabel = "batch.kubernetes.io/controller-uid";

/**
 * Runs a Job to its end and removes it. Secret variables are in a Secret that belongs to the Job and goes with it; the Job
 * is suspended until that is there.
 */
export async function runJob(client: KubernetesClient, app: string, request: JobRequest): Promise<JobResult> {
  const name = resourceName(app, request.name);
  const manager = fieldManager(app);
  // What belonged to a job of this name before goes a moment after it.
  const secretName = `${name}-${randomBytes(3).toString("hex")}`;
  const marks = { [labels.app]: app, [labels.role]: "gate" };
  // One that a killed run left under this name has nothing to say about this attempt.
  const before = await client.read("Job", name);
  if (before) await removed(client, name, before.metadata.uid);
  const env = Object.entries(request.env).map(([name, value]) => ({ name, value }));
  const container = {
    name: "gate",
    image: request.image,
    command: [...request.command],
    env,
    envFrom: [{ secretRef: { name: secretName } }],
  };
  const spec = {
    suspend: true,
    backoffLimit: 0,
    activeDeadlineSeconds: Math.max(1, Math.ceil(request.timeoutMs / 1_000)),
    ttlSecondsAfterFinished: keptSeconds,
    template: { metadata: { labels: marks }, spec: { restartPolicy: "Never", containers: [container] } },
  };
  const { metadata } = await client.create("Job", name, { metadata: { labels: marks }, spec }, manager);
  try {
    const owner = { apiVersion: "batch/v1", kind: "Job", name, uid: metadata.uid };
    const secret = { metadata: { labels: marks, ownerReferences: [owner] }, stringData: request.secrets };
    await client.create("Secret", secretName, secret, manager);
    await client.patch("Job", name, { spec: { suspend: false } }, manager);
    const result = await resultOf(client, name, Date.now() + request.timeoutMs, request.signal);
    return { result, output: result === "passed" ? "" : await outputOf(client, metadata.uid) };
  } finally {
    await client.remove("Job", name, metadata.uid);
  }
}

async function removed(client: KubernetesClient, name: string, uid: string): Promise<void> {
  await client.remove("Job", name, uid);
  const lives = async () =>
    (await client.read("Job", name)) || (await client.list("Pod", { [jobLabel]: name })).length > 0;
  for (let tries = 0; tries < 120 && (await lives()); tries++) await sleep(pollMs);
}

async function resultOf(
  client: KubernetesClient,
  name: string,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<JobResult["result"]> {
  for (;;) {
    signal?.throwIfAborted();
    const job = await client.read("Job", name);
    if (!job) throw new Error(`Job ${name} was removed by someone else`);
    // Others, such as SuccessCriteriaMet and FailureTarget, come before the end and stay.
    const ended = job.status?.conditions?.find(
      ({ type, status }) => status === "True" && (type === "Complete" || type === "Failed"),
    );
    if (ended?.type === "Complete") return "passed";
    if (ended?.type === "Failed") return ended.reason === "DeadlineExceeded" ? "timeout" : "failed";
    if (Date.now() > deadline) return "timeout";
    await sleep(pollMs);
  }
}

/** What its pod printed, or why there is nothing. */
async function outputOf(client: KubernetesClient, uid: string): Promise<string> {
  const [pod] = await client.list("Pod", { [uidLabel]: uid });
  if (!pod) return "it never had a pod";
  const waiting = pod.status?.containerStatuses?.find(({ state }) => state?.waiting)?.state?.waiting;
  if (waiting) return `its pod is waiting: ${waiting.reason ?? ""} ${waiting.message ?? ""}`;
  return client.log(pod.metadata.name, shownLines).catch(reasonOf);
}
