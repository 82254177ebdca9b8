import { setTimeout as sleep } from "node:timers/promises";
import type { Kept, Worker, Workers } from "../contracts/workers.ts";
import type { KubernetesClient } from "./client.ts";
import { statusOf } from "./error.ts";
import { annotations, fieldManager, isExclusive, labels, targetOfLabels } from "./labels.ts";
import type { Deployment, Pod, ReplicaSet } from "./objects.ts";
import { moverOf } from "./routers/recorded-object.ts";

const pollMs = 250;
/** How often a scale is tried again that crossed another write of the same Deployment, such as its controller's. */
const tries = 20;

/**
 * An app's Deployments without a router. A mark is an annotation of exclusive ones, and they are scaled with the
 * `resourceVersion` at which that annotation was read as the condition: who has an older mark is refused by the API
 * server. The record is an annotation of a ConfigMap, whose `resourceVersion` is the token; beside it stands how many pods
 * each service has when it runs, which is no part of a release.
 *
 * A pod is gone when the API server has none any more, and no controller is about to make one. That is the kubelet's word
 * that it has ended, unless somebody took it from a node that is not heard of (`kubectl delete --force`). Within one color
 * Kubernetes itself may run two for a moment: it makes a new pod as soon as the old one is told to end.
 */
export class KubernetesWorkers implements Workers {
  private readonly client: KubernetesClient;
  private readonly app: string;
  private readonly name: string;

  constructor(client: KubernetesClient, of: { readonly app: string; readonly name: string }) {
    this.client = client;
    this.app = of.app;
    this.name = of.name;
  }

  async read() {
    const object = await this.client.read("ConfigMap", this.name);
    if (!object) throw new Error(`ConfigMap ${this.name} is gone from namespace ${this.client.namespace}`);
    const { uid, resourceVersion, annotations: said } = object.metadata;
    const text = said?.[annotations.kept];
    return { kept: text === undefined ? null : (JSON.parse(text) as Kept), token: `${uid}/${resourceVersion}` };
  }

  async keep(kept: Kept, token: string): Promise<string | null> {
    const [uid, resourceVersion] = token.split("/");
    const metadata = { uid, resourceVersion, annotations: { [annotations.kept]: JSON.stringify(kept) } };
    try {
      const written = await this.client.patch("ConfigMap", this.name, { metadata }, fieldManager(this.app));
      return `${written.metadata.uid}/${written.metadata.resourceVersion}`;
    } catch (error) {
      if (statusOf(error) === 409) return null;
      throw error;
    }
  }

  async look(): Promise<Worker[]> {
    // In this order, in which controllers follow each other: who has seen that there are to be none makes no more.
    const deployments = await this.deployments();
    const sizes = await this.sizes();
    const sets = await this.client.list("ReplicaSet", this.backends);
    const pods = (await this.client.list("Pod", this.backends)).filter(isLeft);
    const owners = new Set(deployments.map((one) => podsOf(one)));
    const orphans = pods.filter(
      ({ metadata }) => !owners.has(targetOfLabels(metadata.labels)) && isExclusive(metadata),
    );
    return [
      ...deployments.map((one) => workerOf(one, { sets, pods, app: this.app, size: sizeIn(sizes, one) })),
      ...orphans.map(({ metadata }) => ({
        name: `pod ${metadata.name}`,
        exclusive: true,
        runs: true,
        ends: metadata.deletionTimestamp !== undefined,
        whole: true,
        movedBy: null,
      })),
    ];
  }

  async mark(mark: string): Promise<void> {
    for (const { metadata } of (await this.deployments()).filter(({ metadata }) => isExclusive(metadata))) {
      const change = { metadata: { uid: metadata.uid, annotations: { [annotations.mark]: mark } } };
      await this.client.patch("Deployment", metadata.name, change, fieldManager(this.app));
    }
  }

  /** An annotation is in nobody's way. */
  async unmark(): Promise<void> {}

  async stop(names: readonly string[], mark: string): Promise<void> {
    const deployments = (await this.deployments()).filter(({ metadata }) => names.includes(metadata.name));
    for (const { metadata } of deployments) await this.scale(metadata.name, mark, 0);
    const graces = deployments.map(({ spec }) => spec.template.spec.terminationGracePeriodSeconds ?? 30);
    const deadline = Date.now() + 1_000 * Math.max(0, ...graces);
    while (Date.now() < deadline) {
      const left = (await this.look()).filter(({ name, runs }) => runs && names.includes(name));
      if (left.length === 0) return;
      await sleep(pollMs);
    }
  }

  async start(names: readonly string[], mark: string): Promise<void> {
    const sizes = await this.sizes();
    for (const one of await this.deployments()) {
      if (names.includes(one.metadata.name)) await this.scale(one.metadata.name, mark, sizeIn(sizes, one));
    }
  }

  private async scale(name: string, mark: string, replicas: number): Promise<void> {
    for (let round = 1; ; round++) {
      const deployment = await this.client.read("Deployment", name);
      if (!deployment) throw new Error(`Deployment ${name} is gone`);
      const { uid, resourceVersion, annotations: said } = deployment.metadata;
      if (isExclusive(deployment.metadata) && said?.[annotations.mark] !== mark) {
        throw new Error(`another run has taken Deployment ${name} over`);
      }
      if (replicas === (deployment.spec.replicas ?? 1)) return;
      try {
        const change = { metadata: { uid, resourceVersion }, spec: { replicas } };
        await this.client.patch("Deployment", name, change, fieldManager(this.app), "scale");
        return;
      } catch (error) {
        if (statusOf(error) !== 409 || round === tries) throw error;
      }
    }
  }

  /** By service. */
  private async sizes(): Promise<Readonly<Record<string, number>>> {
    const object = await this.client.read("ConfigMap", this.name);
    return JSON.parse(object?.metadata.annotations?.[annotations.replicas] ?? "{}") as Record<string, number>;
  }

  private deployments(): Promise<readonly Deployment[]> {
    return this.client.list("Deployment", this.backends);
  }

  private get backends() {
    return { [labels.app]: this.app, [labels.role]: "backend" };
  }
}

/** How many pods it has when it runs. */
function sizeIn(sizes: Readonly<Record<string, number>>, { metadata }: Deployment): number {
  return sizes[metadata.labels?.[labels.service] ?? ""] ?? 1;
}

/** An object that stays after all of its containers have ended runs nothing. */
function isLeft({ status }: Pod): boolean {
  return status?.phase !== "Succeeded" && status?.phase !== "Failed";
}

function podsOf({ spec }: Deployment): string {
  return targetOfLabels(spec.template.metadata?.labels);
}

function workerOf(
  deployment: Deployment,
  of: {
    readonly sets: readonly ReplicaSet[];
    readonly pods: readonly Pod[];
    readonly app: string;
    readonly size: number;
  },
): Worker {
  const { sets, pods, app, size } = of;
  const { metadata, spec } = deployment;
  const replicas = spec.replicas ?? 1;
  const exclusive = isExclusive(metadata);
  const own = pods.some((pod) => targetOfLabels(pod.metadata.labels) === podsOf(deployment));
  const there = replicas > 0 || (exclusive && own);
  // A mark is news to the controllers, too, so one at zero may come for a moment.
  const mayCome = !there && exclusive && !isAtZero(deployment, sets);
  const whole = replicas > 0 && (!exclusive || replicas === size);
  const movedBy = moverOf(metadata, "replicas", app);
  return { name: metadata.name, exclusive, runs: there || mayCome, mayCome, ends: false, whole, movedBy };
}

/**
 * Neither controller has still to learn that there are to be no pods, so none of them is about to make one. What is at
 * zero in its first generation was never told otherwise.
 */
function isAtZero(deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
  const { uid } = deployment.metadata;
  const own = sets.filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid));
  const isTold = ({ metadata: { generation = 0 }, status }: Deployment | ReplicaSet) => {
    return generation === 1 || (status?.observedGeneration ?? 0) >= generation;
  };
  const isEmpty = (set: ReplicaSet) => (set.spec.replicas ?? 1) === 0 && (set.status?.replicas ?? 0) === 0;
  return isTold(deployment) && own.every((set) => isTold(set) && isEmpty(set));
}
