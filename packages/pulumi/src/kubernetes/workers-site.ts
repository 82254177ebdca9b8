import { type Color, type DrainRecord, perColor } from "@bluegreen/core";
import type { NoRouterAddress } from "../contracts/addresses.ts";
import type { OpenedUrl } from "../contracts/check.ts";
import type { JobResult, JobWish } from "../contracts/job.ts";
import type { Router, Targets } from "../contracts/router.ts";
import type { Duty, Site, SiteParts, Workload } from "../contracts/site.ts";
import { toldOf } from "../gate/told.ts";
import { NoRouter } from "../router/none.ts";
import type { KubernetesClient } from "./client.ts";
import { runJob } from "./job.ts";
import { isExclusive, type Selector } from "./labels.ts";
import { sweep } from "./leftovers.ts";
import { NamespaceSite } from "./namespace-site.ts";
import { findPods, identityOf, isRunning } from "./pods.ts";
import { whyNotAvailable } from "./ready.ts";
import { KubernetesWorkers } from "./workers.ts";

/** An app in one namespace to whose pods nothing leads. */
export class KubernetesWorkersSite extends NamespaceSite implements Site {
  readonly router: Router;
  readonly targets: Targets;
  readonly duty: Duty;

  constructor(client: KubernetesClient, parts: SiteParts, { name, startMs }: NoRouterAddress) {
    super(client, parts);
    const { app, workloads } = parts;
    this.router = new NoRouter(new KubernetesWorkers(client, { app, name }));
    this.targets = perColor((color) => workloads[color].map((one) => one.name));
    this.duty = { startMs, whyNotAtWork: (color) => this.whyNotStanding(color, true) };
  }

  /** Pods that run before the switch, and the Deployments of those that don't. */
  async subjects(color: Color): Promise<string[]> {
    const selector = this.selectors[color];
    return selector ? workerSubjects(this.client, selector, this.parts.workloads[color]) : [];
  }

  whyNotReady(color: Color): Promise<string | null> {
    return this.whyNotStanding(color, false);
  }

  async openUrl(): Promise<OpenedUrl> {
    return { url: "", close: async () => {} };
  }

  runJob(live: Color, job: Omit<JobWish, "env">): Promise<JobResult> {
    const { app, versions } = this.parts;
    return runJob(this.client, app, { ...job, env: toldOf("", live, versions[live] ?? "") });
  }

  async sweep(live: readonly string[]): Promise<void> {
    const leftovers = await this.findLeftovers();
    const spared = leftovers.filter(({ metadata }) => live.includes(metadata.name));
    const gone = leftovers.filter((one) => !spared.includes(one));
    await sweep(
      this.client,
      gone,
      spared.map(({ pods }) => pods ?? {}),
    );
  }

  async drain(color: Color, withinMs: number): Promise<DrainRecord> {
    return { color, withinMs, ms: 0, backends: 0, moved: 0, remaining: [] };
  }

  private async whyNotStanding(color: Color, live: boolean): Promise<string | null> {
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
