import type { Images } from "@bluegreen/core";
import type { KubernetesClient } from "./client.ts";
import { labels, type Selector, targetOfLabels } from "./labels.ts";
import type { ContainerStatus, Node, Pod } from "./objects.ts";

/** The pods that carry these labels and are not on their way out. */
export async function findPods(client: KubernetesClient, wanted: Selector): Promise<Pod[]> {
  return (await client.list("Pod", wanted)).filter((pod) => pod.metadata.deletionTimestamp === undefined);
}

export function isOf(service: string): (pod: Pod) => boolean {
  return ({ metadata }) => metadata.labels?.[labels.service] === service;
}

export function isRunning(pod: Pod): boolean {
  return pod.status?.phase === "Running";
}

export function isReady({ status }: Pod | Node): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false;
}

/** The version that a pod was told it is of; its label has only what Kubernetes allows there. */
export function releaseOf(pod: Pod | undefined): string {
  const env = pod?.spec.containers.flatMap((container) => container.env ?? []) ?? [];
  return env.find(({ name }) => name === "BLUEGREEN_RELEASE")?.value ?? "";
}

/** What a gate saw: the pod, and how often its containers had been restarted; a restarted one is another one. */
export function identityOf(pod: Pod): string {
  return `${pod.metadata.uid}/${restartsOf(pod.status?.containerStatuses ?? [])}`;
}

/** How often these containers ended by themselves and were started again, together. */
export function restartsOf(statuses: readonly ContainerStatus[]): number {
  return statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
}

/** The containers among these pods that ended by themselves and were started again. */
export function crashesOf(pods: readonly Pod[]): string[] {
  return pods.flatMap(({ metadata, status }) =>
    (status?.containerStatuses ?? [])
      .filter(({ restartCount }) => restartCount > 0)
      .map(({ name, restartCount }) => `container ${name} of pod ${metadata.name} ended, restart ${restartCount}`),
  );
}

/** What these pods run of each service, without what a transform put beside it. */
export function imagesOf(pods: readonly Pod[]): Images {
  const found: Record<string, string[]> = {};
  for (const { metadata, status } of pods) {
    const service = metadata.labels?.[labels.service] ?? "";
    const { imageID = "" } = status?.containerStatuses?.find(({ name }) => name === service) ?? {};
    if (imageID !== "") found[service] = [...new Set([...(found[service] ?? []), imageID])].sort();
  }
  return found;
}

/** The pods of a color's recorded release, of all services or of one. */
export function releaseSelector(selector: Selector, service?: string): Selector {
  const { [labels.service]: _service, ...release } = selector;
  return service === undefined ? release : { ...release, [labels.service]: service };
}

/** A pod behind a Service, as its EndpointSlices name it. */
export interface Endpoint {
  readonly name: string;
  readonly uid: string;
  /** The pod's port that the Service's port leads to. */
  readonly port: number;
}

/**
 * The ready pods behind a Service, where kube-proxy and ingress controllers send its traffic. `port` is the Service's.
 * An endpoint that is no pod has no name and no uid.
 */
export async function readyEndpoints(client: KubernetesClient, service: string, port: number): Promise<Endpoint[]> {
  const [object, slices] = await Promise.all([
    client.read("Service", service),
    client.list("EndpointSlice", { "kubernetes.io/service-name": service }),
  ]);
  if (!object) throw new Error(`Service ${service} is gone`);
  const ports = object.spec.ports ?? [];
  const named = ports.find((one) => one.port === port);
  if (!named) throw new Error(`Service ${service} has no port ${port}; it has ${ports.map((p) => p.port).join(", ")}`);
  const found = slices.flatMap((slice) => {
    const target = slice.ports?.find((one) => (one.name ?? "") === (named.name ?? ""))?.port;
    if (target === undefined) return [];
    const ready = (slice.endpoints ?? []).filter((endpoint) => endpoint.conditions?.ready !== false);
    return ready.map(({ targetRef }) => {
      const pod = targetRef?.kind === "Pod" ? targetRef : undefined;
      return { name: pod?.name ?? "", uid: pod?.uid ?? "", port: target };
    });
  });
  // A dual-stack Service lists each pod once an address family.
  const pods = new Map(found.map((endpoint) => [endpoint.uid, endpoint]));
  return [...pods.values()];
}

/** Tells whose pods are behind a Service. A pod's labels are looked up once. */
export class Owners {
  private readonly client: KubernetesClient;
  private readonly app: string;
  private readonly known = new Map<string, string>();

  constructor(client: KubernetesClient, app: string) {
    this.client = client;
    this.app = app;
  }

  /** The one target to which all of these pods belong; empty when there is none, or when they are mixed or foreign. */
  async ownerOf(endpoints: readonly Endpoint[]): Promise<string> {
    if (endpoints.some(({ uid }) => !this.known.has(uid))) {
      for (const pod of await this.client.list("Pod", { [labels.app]: this.app })) {
        this.known.set(pod.metadata.uid, targetOfLabels(pod.metadata.labels));
      }
    }
    const owners = new Set(endpoints.map(({ uid }) => this.known.get(uid) ?? ""));
    const [owner] = owners;
    return owners.size === 1 ? (owner ?? "") : "";
  }
}

/** The color's label in a target's text. */
export function colorOfTarget(target: string): string {
  return target === "" ? "" : ((JSON.parse(target) as Selector)[labels.color] ?? "");
}
