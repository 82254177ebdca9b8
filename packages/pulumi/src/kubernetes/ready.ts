import { setTimeout as sleep } from "node:timers/promises";
import { mannerOf } from "../checks/parts/reach.ts";
import type { Reach } from "../contracts/release.ts";
import type { KnownBy, Workload } from "../contracts/site.ts";
import { reasonOf } from "../io/reason.ts";
import type { KubernetesClient } from "./client.ts";
import { labels, type Selector } from "./labels.ts";
import type { ContainerStatus, Deployment, Pod } from "./objects.ts";
import { findPods, isReady, readyEndpoints, releaseSelector, restartsOf } from "./pods.ts";

/** Deadline of the last look at a candidate's `ready` path before the switch. */
const readyTimeoutMs = 5_000;
/** EndpointSlices follow pods that come and go; their controller gets this long. Milliseconds. */
const followWithinMs = 10_000;
const followPauseMs = 250;

/** What is looked at: a color's recorded release. */
export interface Wanted {
  readonly workloads: readonly Workload[];
  /** Selector of the exposed service's pods. */
  readonly selector: Selector;
  /** The color's own Service, which leads to the same pods as live traffic will. */
  readonly candidate: string;
  readonly service: string;
  readonly reach: Reach;
}

/** Why a color can't take traffic, as one line that names the pod and its reason; `null` when it can. */
export async function whyNotReady(client: KubernetesClient, wanted: Wanted): Promise<string | null> {
  if (wanted.workloads.length === 0) return "it has no Deployment";
  const deadline = performance.now() + followWithinMs;
  for (;;) {
    const pods = await findPods(client, releaseSelector(wanted.selector));
    const unavailable = await whyNotAllAvailable(client, wanted, pods);
    if (unavailable) return unavailable;
    const exposed = pods.filter((pod) => pod.metadata.labels?.[labels.service] === wanted.service);
    const astray = await whyNotBehind(client, wanted, exposed);
    if (astray === null) return whyNotAnswering(client, wanted.reach, exposed);
    if (performance.now() > deadline) return astray;
    await sleep(followPauseMs);
  }
}

async function whyNotAllAvailable(
  client: KubernetesClient,
  { workloads, selector }: Wanted,
  pods: readonly Pod[],
): Promise<string | null> {
  const problems = workloads.map(async (workload) => {
    const deployment = await client.read("Deployment", workload.name);
    return whyNotAvailable(deployment, workload, selector, pods);
  });
  return (await Promise.all(problems)).find((problem) => problem !== null) ?? null;
}

/** Those of these Deployments that are gone, or others by now. */
export async function missingAmong(
  client: KubernetesClient,
  workloads: readonly Workload[],
  by: KnownBy = "identity",
): Promise<string[]> {
  const found = workloads.map(async (workload) =>
    whyMissing(await client.read("Deployment", workload.name), workload, by),
  );
  return (await Promise.all(found)).filter((reason) => reason !== null);
}

function whyMissing(deployment: Deployment | null, { id, name }: Workload, by: KnownBy): string | null {
  if (!deployment) return `Deployment ${name} is gone`;
  return by === "name" || deployment.metadata.uid === id ? null : `Deployment ${name} was replaced by someone else`;
}

/** Why a Deployment has not all of its pods of the wished release available. */
export function whyNotAvailable(
  deployment: Deployment | null,
  workload: Workload,
  selector: Selector,
  pods: readonly Pod[],
): string | null {
  const { name, id, service } = workload;
  if (!deployment) return `Deployment ${name} is gone`;
  const { metadata, spec, status = {} } = deployment;
  if (metadata.uid !== id) return `Deployment ${name} was replaced by someone else`;
  const runs = spec.template.metadata?.labels ?? {};
  const release = selector[labels.release];
  if (runs[labels.release] !== release) {
    return `Deployment ${name} runs release ${runs[labels.release] ?? "without a label"}, not ${release}`;
  }
  const size = spec.replicas ?? 1;
  if (size < 1) return `Deployment ${name} is scaled to zero`;
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return `Deployment ${name} is being changed`;
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  if (replicas === size && updatedReplicas === size && availableReplicas === size) return null;
  const own = pods.filter((pod) => pod.metadata.labels?.[labels.service] === service);
  const trouble = own.map(troubleOf).find((one) => one !== null) ?? conditionOf(deployment);
  const counts = `${availableReplicas} of ${size} pods of Deployment ${name} are available`;
  const old = replicas > updatedReplicas ? `; ${replicas - updatedReplicas} of another revision are still there` : "";
  return `${counts}${old}${trouble ? `: ${trouble}` : ""}`;
}

/** What keeps a pod from being ready, in Kubernetes' words: `CrashLoopBackOff`, `ImagePullBackOff`, `Unschedulable`. */
export function troubleOf(pod: Pod): string | null {
  if (isReady(pod)) return null;
  const { name } = pod.metadata;
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const waiting = statuses.find(({ state }) => state?.waiting?.reason);
  if (waiting) return `pod ${name} is waiting: ${describeWaiting(waiting)}`;
  const conditions = pod.status?.conditions ?? [];
  const unscheduled = conditions.find(({ type, status }) => type === "PodScheduled" && status === "False");
  if (unscheduled) return `pod ${name} is ${unscheduled.reason ?? "not scheduled"}: ${unscheduled.message ?? ""}`;
  const restarts = restartsOf(statuses);
  return `pod ${name} is ${pod.status?.phase ?? "unknown"} and not ready${restarts > 0 ? ` (${restarts} restarts)` : ""}`;
}

function describeWaiting({ state, lastState, restartCount }: ContainerStatus): string {
  const exit = lastState?.terminated ? `, exit code ${lastState.terminated.exitCode}` : "";
  return `${state?.waiting?.reason ?? ""} (${restartCount} restarts${exit})`;
}

function conditionOf({ status }: Deployment): string | null {
  const failed = status?.conditions?.find(
    ({ type, status: is }) =>
      (type === "Progressing" && is === "False") || (type === "ReplicaFailure" && is === "True"),
  );
  return failed ? `${failed.reason ?? failed.type}: ${failed.message ?? ""}` : null;
}

/**
 * Why the color's own Service does not lead to all of these pods, or to any that are not the color's. Those of a release
 * that is being replaced under its users (`allowLiveChange`) are still there; live traffic leaves them by the release.
 */
async function whyNotBehind(client: KubernetesClient, wanted: Wanted, pods: readonly Pod[]): Promise<string | null> {
  const { [labels.release]: _release, ...color } = wanted.selector;
  const [endpoints, own] = await Promise.all([
    readyEndpoints(client, wanted.candidate, wanted.reach.port),
    client.list("Pod", color),
  ]);
  if (endpoints.length === 0) return `Service ${wanted.candidate} has no ready endpoint`;
  const foreign = endpoints.find(({ uid }) => own.every((pod) => pod.metadata.uid !== uid));
  if (foreign) return `Service ${wanted.candidate} also leads to ${foreign.name || "an address that is no pod"}`;
  const missing = pods.find((pod) => endpoints.every(({ uid }) => pod.metadata.uid !== uid));
  return missing ? `pod ${missing.metadata.name} is not behind Service ${wanted.candidate} yet` : null;
}

async function whyNotAnswering(client: KubernetesClient, reach: Reach, pods: readonly Pod[]): Promise<string | null> {
  if (!reach.ready) return null;
  const { path, port } = reach.ready;
  const asked = { ...mannerOf(reach, port), path, timeoutMs: readyTimeoutMs };
  const problems = await Promise.all(
    pods.map(async ({ metadata: { name } }) => {
      try {
        const { status } = await client.askPod(name, port, asked);
        return status === 200 ? null : `pod ${name}:${port}${path} answered ${status}, not 200`;
      } catch (error) {
        return reasonOf(error);
      }
    }),
  );
  return problems.find((problem) => problem !== null) ?? null;
}
