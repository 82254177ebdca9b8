import {
  type Amounts,
  isColor,
  type Occupant,
  type Pool,
  type Resource,
  type Room,
  type Running,
} from "@bluegreen/core";
import type { Capacity, Tenancy } from "../contracts/capacity.ts";
import { reasonOf } from "../io/reason.ts";
import type { KubernetesClient } from "./client.ts";
import { labels } from "./labels.ts";
import type { Container, Node, Pod, PodSpec, ResourceList, ResourceQuota, Toleration } from "./objects.ts";
import { isReady } from "./pods.ts";
import { quantity } from "./quantity.ts";
import { isOpenTo } from "./taints.ts";

/** One that waits for a node has no room yet. */
export async function tenancyOf(client: KubernetesClient, app: string): Promise<Tenancy> {
  const own = (await client.list("Pod", { [labels.app]: app, [labels.role]: "backend" })).filter(isThere);
  return {
    running: own.filter(({ spec }) => spec.nodeName !== undefined).flatMap(runningOf),
    scales: true,
    replacesLiveBeside: true,
    measure: (specs) => measure(client, own, specs),
  };
}

/**
 * What the scheduler counts: of each node that takes such pods what is allocatable, less the requests of the pods that run
 * there; and what the namespace's quotas leave. Nodes are the cluster's, so a deployer may well not be allowed to see them.
 */
async function measure(client: KubernetesClient, own: readonly Pod[], specs: readonly unknown[]): Promise<Capacity> {
  const [nodes, quotas] = await Promise.all([
    Promise.all([client.listEverywhere("Node"), client.listEverywhere("Pod", unfinished)]).catch(reasonOf),
    client.list("ResourceQuota", {}).catch(reasonOf),
  ]);
  const unseen = [nodes, quotas].filter((one) => typeof one === "string");
  const tolerations = [...specs.map(tolerationsOf), ...own.map(({ spec }) => spec.tolerations ?? [])];
  const nodePools = typeof nodes === "string" ? [] : [nodePool(...nodes, tolerations)];
  const quotaPools = typeof quotas === "string" ? [] : quotas.flatMap(quotaPool);
  const quotaRooms = quotaPools.map(({ name }) => name);
  return {
    pools: [...nodePools, ...quotaPools],
    occupants: own.flatMap((pod) => occupantOf(pod, quotaRooms)),
    unseen,
    takes: (_color, _service, spec) => takesOf((spec ?? {}) as Frozen),
  };
}

/** A recorded spec: the container's properties, and under `pod` those of the pod. */
type Frozen = Partial<Container> & { readonly pod?: Partial<PodSpec> };

/** `null` when they are not known yet. */
function tolerationsOf(spec: unknown): readonly Toleration[] | null {
  const { pod } = (spec ?? {}) as Frozen;
  if (typeof pod !== "object" || pod === null) return null;
  const { tolerations = [] } = pod;
  return Array.isArray(tolerations) ? tolerations : null;
}

const unfinished = "status.phase!=Succeeded,status.phase!=Failed";

/** A pod on its way out leaves its room before long. */
function isThere({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp === undefined && !["Succeeded", "Failed"].includes(status?.phase ?? "");
}

/** `tolerations`: of each kind of pod that may come. */
export function nodePool(
  nodes: readonly Node[],
  pods: readonly Pod[],
  tolerations: readonly (readonly Toleration[] | null)[],
): Pool {
  const there = pods.filter(isThere);
  const open = nodes.filter((node) => takesPods(node) && isOpenTo(node, tolerations));
  const rooms = open.map(({ metadata: { name }, status }): Room => {
    const taken = there.filter(({ spec }) => spec.nodeName === name).map(({ spec }) => requestsOf(spec));
    const sum = (key: Resource) => taken.reduce((total, amounts) => total + (amounts[key] ?? 0), 0);
    const { cpu = "0", memory = "0", pods: most = "0" } = status?.allocatable ?? {};
    const free = {
      memory: amount(memory) - sum("memory"),
      cpus: Math.floor(amount(cpu) * 1_000) - sum("cpus"),
      pods: amount(most) - taken.length,
    };
    return { name: `node ${name}`, free };
  });
  return { name: rooms.length === 1 ? `on ${rooms[0]?.name}` : `on ${rooms.length} nodes that take pods`, rooms };
}

function takesPods(node: Node): boolean {
  return !node.spec.unschedulable && isReady(node);
}

/** Kubernetes' names for what a quota counts (kubernetes.io/docs, "Resource Quotas"). */
const counted: Readonly<Record<string, Resource>> = {
  memory: "memory",
  "requests.memory": "memory",
  cpu: "cpus",
  "requests.cpu": "cpus",
  "limits.memory": "memoryLimit",
  "limits.cpu": "cpuLimit",
  pods: "pods",
  "count/pods": "pods",
};

/** One that is for some pods only is left to the API server. */
export function quotaPool({ metadata, spec, status }: ResourceQuota): Pool[] {
  if (spec.scopes?.length || spec.scopeSelector) return [];
  const { hard = {}, used = {} } = status ?? {};
  const bounds = Object.entries(counted).filter(([name]) => hard[name] !== undefined);
  const free = bounds.map(([name, resource]) => {
    const left = amount(hard[name] ?? "0") - amount(used[name] ?? "0");
    return [resource, resource === "cpus" || resource === "cpuLimit" ? Math.round(left * 1_000) : left];
  });
  const name = `in ResourceQuota ${metadata.name}`;
  return [{ name, rooms: [{ name, free: Object.fromEntries(free) }] }];
}

function runningOf({ metadata: { labels: given = {} } }: Pod): Running[] {
  const color = given[labels.color];
  return isColor(color) ? [{ color, service: given[labels.service] ?? "" }] : [];
}

function occupantOf(pod: Pod, quotas: readonly string[]): Occupant[] {
  const { spec } = pod;
  // One that waits for a node is counted by quotas all the same.
  const rooms = spec.nodeName === undefined ? quotas : [`node ${spec.nodeName}`, ...quotas];
  return runningOf(pod).map((one) => ({ ...one, takes: requestsOf(spec), rooms }));
}

export function takesOf({ pod, ...container }: Frozen): Amounts {
  const known = typeof pod === "object" ? pod : {};
  const listed = (containers: unknown) => (Array.isArray(containers) ? (containers as Container[]) : []);
  const containers = [container as Container, ...listed(known.containers)];
  return requestsOf({ containers, initContainers: listed(known.initContainers) });
}

/** What a pod takes of a node, and what its limits are: its containers' together, or that of a greedier init container. */
export function requestsOf({ containers, initContainers = [], overhead = {} }: PodSpec): Amounts {
  const beside = initContainers.filter(({ restartPolicy }) => restartPolicy === "Always");
  const before = initContainers.filter(({ restartPolicy }) => restartPolicy !== "Always");
  const total = (name: "cpu" | "memory", of: (container: Container) => ResourceList | undefined) => {
    const each = (list: ResourceList | undefined) => amountOf(name, list?.[name]);
    const sum = [...containers, ...beside].reduce((all, one) => all + each(of(one)), 0);
    return Math.max(sum, ...before.map((one) => each(of(one)))) + each(overhead);
  };
  const limits = ({ resources }: Container) => resources?.limits;
  // Where there is a limit and no request, the limit is the request.
  const requests = ({ resources }: Container) => ({ ...resources?.limits, ...resources?.requests });
  return {
    memory: total("memory", requests),
    cpus: total("cpu", requests),
    memoryLimit: total("memory", limits),
    cpuLimit: total("cpu", limits),
    pods: 1,
  };
}

function amountOf(name: "cpu" | "memory", given: unknown): number {
  if (typeof given !== "string" && typeof given !== "number") return 0;
  return Math.ceil(amount(String(given)) * (name === "cpu" ? 1_000 : 1));
}

/** What is no quantity is nothing: the API server will refuse it. */
function amount(text: string): number {
  return quantity(text) ?? 0;
}
