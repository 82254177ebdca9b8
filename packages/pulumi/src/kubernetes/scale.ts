import type { Workload } from "../platform.ts";
import type { KubernetesClient } from "./client.ts";
import { fieldManager } from "./labels.ts";

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

/** Names of those Deployments whose number of pods a HorizontalPodAutoscaler decides: nobody else may scale them. */
export async function autoscaled(
  client: KubernetesClient,
  workloads: readonly Pick<Workload, "name">[],
): Promise<string[]> {
  const scalers = await client.list("HorizontalPodAutoscaler", {});
  const targets = scalers.map(({ spec }) => spec.scaleTargetRef).filter(({ kind }) => kind === "Deployment");
  return workloads.map(({ name }) => name).filter((name) => targets.some((target) => target.name === name));
}
