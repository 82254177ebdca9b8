import { setTimeout as sleep } from "node:timers/promises";
import type { Color, PerColor, Replicas } from "@bluegreen/core";
import type { Scaling, Workload } from "../contracts/site.ts";
import type { KubernetesClient } from "./client.ts";
import { fieldManager, isExclusive, type Selector } from "./labels.ts";
import { findPods, releaseSelector } from "./pods.ts";
import { whyNotAvailable } from "./ready.ts";

const pollMs = 250;

/** Deployments' numbers of pods, by their `scale` subresource, as `kubectl scale` and autoscalers write them. */
export class DeploymentScaling implements Scaling {
  private readonly client: KubernetesClient;
  private readonly app: string;
  private readonly workloads: PerColor<readonly Workload[]>;
  private readonly selectors: PerColor<Selector | null>;

  constructor(
    client: KubernetesClient,
    of: {
      readonly app: string;
      readonly workloads: PerColor<readonly Workload[]>;
      /** Of each color's recorded release, of any service. */
      readonly selectors: PerColor<Selector | null>;
    },
  ) {
    this.client = client;
    this.app = of.app;
    this.workloads = of.workloads;
    this.selectors = of.selectors;
  }

  async read(color: Color): Promise<Record<string, Replicas>> {
    const workloads = this.workloads[color];
    if (workloads.length === 0) return {};
    const scaled = await autoscaled(this.client, workloads);
    const found = await Promise.all(
      workloads.map(async ({ name, service }) => {
        const deployment = await this.client.read("Deployment", name);
        if (!deployment) throw new Error(`Deployment ${name} is gone; \`pulumi up --refresh\` makes a new one`);
        // Whether those run is the cutover's word alone.
        if (isExclusive(deployment.metadata)) return [];
        return [[service, { now: deployment.spec.replicas ?? 1, autoscaled: scaled.includes(name) }] as const];
      }),
    );
    return Object.fromEntries(found.flat());
  }

  async set(color: Color, service: string, replicas: number): Promise<void> {
    const workloads = this.workloads[color].filter((one) => one.service === service);
    await scaleWorkloads(this.client, this.app, workloads, replicas);
  }

  async settle(color: Color, withinMs: number): Promise<string | null> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const reason = await this.whyNotSettled(color);
      if (reason === null || performance.now() > deadline) return reason;
      await sleep(pollMs);
    }
  }

  private async whyNotSettled(color: Color): Promise<string | null> {
    const selector = this.selectors[color];
    if (!selector) return "it has no release";
    const pods = await findPods(this.client, releaseSelector(selector));
    const reasons = await Promise.all(
      this.workloads[color].map(async (workload) => {
        const deployment = await this.client.read("Deployment", workload.name);
        if (deployment && isExclusive(deployment.metadata)) return null;
        return whyNotAvailable(deployment, workload, selector, pods);
      }),
    );
    return reasons.find((reason) => reason !== null) ?? null;
  }
}

/** Sets the number of pods of each of these Deployments, and nothing else of them. */
export async function scaleWorkloads(
  client: KubernetesClient,
  app: string,
  workloads: readonly Pick<Workload, "name">[],
  replicas: number,
): Promise<void> {
  for (const { name } of workloads) {
    await client.patch("Deployment", name, { spec: { replicas } }, fieldManager(app), "scale");
  }
}

/** Names of those Deployments whose number of pods a HorizontalPodAutoscaler decides, whoever made it. */
export async function autoscaled(
  client: KubernetesClient,
  workloads: readonly Pick<Workload, "name">[],
): Promise<string[]> {
  const scalers = await client.list("HorizontalPodAutoscaler", {});
  const targets = scalers.map(({ spec }) => spec.scaleTargetRef).filter(({ kind }) => kind === "Deployment");
  return workloads.map(({ name }) => name).filter((name) => targets.some((target) => target.name === name));
}
