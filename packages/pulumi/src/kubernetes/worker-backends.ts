import type { Color } from "@bluegreen/core";
import type { Workload } from "../contracts/site.ts";
import { NamespaceBackends } from "./backends.ts";
import type { KubernetesClient } from "./client.ts";
import { isExclusive, type Selector } from "./labels.ts";
import { findPods, identityOf, isRunning } from "./pods.ts";
import { whyNotAvailable } from "./ready.ts";

/** Pods to which nothing leads. */
export class WorkerBackends extends NamespaceBackends {
  /** Pods that run before the switch, and the Deployments of those that don't. */
  async subjects(color: Color): Promise<string[]> {
    const selector = this.selectors[color];
    return selector ? workerSubjects(this.client, selector, this.parts.workloads[color]) : [];
  }

  whyNotReady(color: Color): Promise<string | null> {
    return this.whyNotStanding(color, false);
  }

  async whyNotStanding(color: Color, live: boolean): Promise<string | null> {
    const selector = this.selectors[color];
    if (!selector) return "it has no release";
    return whyNotStanding(this.client, selector, this.parts.workloads[color], live);
  }
}

/**
 * Why these Deployments of an app without a live address don't stand as they should, or `null`. All of them are there, and
 * have their pods available, exclusive ones only once they are `live`.
 */
export async function whyNotStanding(
  client: KubernetesClient,
  selector: Selector,
  workloads: readonly Workload[],
  live: boolean,
): Promise<string | null> {
  if (workloads.length === 0) return "it has no Deployment";
  const pods = await findPods(client, selector);
  const problems = await Promise.all(
    workloads.map(async (workload) => {
      const deployment = await client.read("Deployment", workload.name);
      if (deployment && isExclusive(deployment.metadata) && !live) return null;
      return whyNotAvailable(deployment, workload, selector, pods);
    }),
  );
  return problems.find((problem) => problem !== null) ?? null;
}

export async function workerSubjects(
  client: KubernetesClient,
  selector: Selector,
  workloads: readonly Pick<Workload, "id" | "name">[],
): Promise<string[]> {
  const pods = await findPods(client, selector);
  const deployments = await Promise.all(workloads.map(({ name }) => client.read("Deployment", name)));
  const standing = deployments.flatMap((one) => (one && isExclusive(one.metadata) ? [one.metadata.uid] : []));
  const running = pods.filter((pod) => isRunning(pod) && !isExclusive(pod.metadata));
  return [...running.map(identityOf), ...standing];
}
