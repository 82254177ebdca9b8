import { setTimeout as sleep } from "node:timers/promises";
import type { Color, DrainRecord } from "@bluegreen/core";
import type { KubernetesClient } from "./client.ts";
import type { Selector } from "./labels.ts";
import type { Pod } from "./objects.ts";
import { findPods, isReady } from "./pods.ts";

const pollMs = 250;

export interface DrainTask {
  readonly color: Color;
  /** The pods behind the exposed service: those that hold connections. */
  readonly selector: Selector;
  readonly withinMs: number;
  /** Why this run may not write any more, or `null`. */
  readonly fenced: () => Promise<string | null>;
}

/**
 * Moves the connections that clients keep to a color whose traffic has gone elsewhere: its pods are evicted, and their
 * ReplicaSet makes new ones. Each ends as its `terminationGracePeriodSeconds` and its program let it; a client that
 * reconnects gets to the live color. In contrast to `kubectl rollout restart` that leaves the Deployment as it was
 * declared: no annotation in its template, no new revision.
 *
 * More than one pod go in two waves, the second only once the first's replacements are ready, so that the color stays
 * warm for a rollback. What that or a PodDisruptionBudget leaves no time for is reported as remaining. Never rejects.
 */
export async function drain(client: KubernetesClient, task: DrainTask): Promise<DrainRecord> {
  const started = performance.now();
  const { color, selector, withinMs, fenced } = task;
  const left = () => withinMs - (performance.now() - started);
  let all: readonly Pod[] = [];
  let remaining: string[] = [];
  try {
    all = await findPods(client, selector);
    remaining = all.map(({ metadata }) => metadata.name);
    await recycle(client, all, task, left);
    const isOver = async () => {
      const pods = await client.list("Pod", selector);
      remaining = pods.filter((pod) => isOf(all, pod)).map(({ metadata }) => metadata.name);
      return remaining.length === 0 || (await fenced()) !== null;
    };
    await until(isOver, left);
  } catch {
    // Connections that stay are reported as remaining; the traffic has been moved.
  }
  const ms = Math.round(performance.now() - started);
  return { color, withinMs, ms, backends: all.length, moved: all.length - remaining.length, remaining };
}

/** Evicts all pods, wave by wave, as far as time, fence and budgets allow. */
async function recycle(
  client: KubernetesClient,
  all: readonly Pod[],
  { selector, fenced }: DrainTask,
  left: () => number,
): Promise<void> {
  const warm = all.filter(isReady).length;
  const isWarm = async () => (await findPods(client, selector)).filter(isReady).length >= warm;
  for (const wave of wavesOf(all)) {
    if (!(await until(isWarm, left))) return;
    for (const { metadata } of wave) {
      let stopped = false;
      const evicted = await until(async () => {
        stopped = left() <= 0 || (await fenced()) !== null;
        return stopped || client.evict(metadata.name, metadata.uid);
      }, left);
      if (stopped || !evicted) return;
    }
  }
}

/** Half of the pods, then the rest; one pod alone. */
export function wavesOf<T>(pods: readonly T[]): T[][] {
  if (pods.length < 2) return pods.length === 0 ? [] : [[...pods]];
  const half = Math.floor(pods.length / 2);
  return [pods.slice(0, half), pods.slice(half)];
}

function isOf(pods: readonly Pod[], pod: Pod): boolean {
  return pods.some(({ metadata }) => metadata.uid === pod.metadata.uid);
}

/** Whether it came true in the time that is left; asked once at least. */
async function until(holds: () => Promise<boolean>, leftMs: () => number): Promise<boolean> {
  for (;;) {
    if (await holds()) return true;
    if (leftMs() <= 0) return false;
    await sleep(Math.max(0, Math.min(pollMs, leftMs())));
  }
}
