import type { Selector } from "./labels.ts";

/** Kubernetes' objects as its API writes them, with the fields that are read here. */
export interface Meta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly labels?: Selector;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly uid: string }[];
  readonly managedFields?: readonly ManagedFields[];
}

export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly time?: string;
  readonly subresource?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
}

interface Named {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: Meta;
}

export interface Service extends Named {
  readonly spec: {
    readonly selector?: Selector;
    readonly ports?: readonly ServicePort[];
    /** A further node port, where only some nodes have pods. */
    readonly healthCheckNodePort?: number;
  };
}

export interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly protocol?: string;
  /** The pods' port: its number, or the name by which each pod says where that is. */
  readonly targetPort?: number | string;
  readonly nodePort?: number;
}

export interface IngressBackend {
  readonly service?: { readonly name: string; readonly port?: { readonly name?: string; readonly number?: number } };
}

export interface IngressRule {
  readonly host?: string;
  readonly http?: {
    readonly paths: readonly { readonly path?: string; readonly pathType: string; readonly backend: IngressBackend }[];
  };
}

export interface Ingress extends Named {
  readonly spec: { readonly defaultBackend?: IngressBackend; readonly rules?: readonly IngressRule[] };
}

/** Quantities, such as `{ cpu: "250m", memory: "128Mi" }`. */
export type ResourceList = Readonly<Record<string, string>>;

export interface Container {
  readonly name: string;
  readonly resources?: { readonly requests?: ResourceList; readonly limits?: ResourceList };
  /** `Always`, of an init container: it runs beside the others. */
  readonly restartPolicy?: string;
  readonly env?: readonly {
    readonly name?: string;
    readonly value?: string;
    readonly valueFrom?: { readonly configMapKeyRef?: { name?: string }; readonly secretKeyRef?: { name?: string } };
  }[];
  readonly envFrom?: readonly { readonly configMapRef?: { name?: string }; readonly secretRef?: { name?: string } }[];
}

export interface PodSpec {
  readonly nodeName?: string;
  readonly overhead?: ResourceList;
  readonly tolerations?: readonly Toleration[];
  readonly terminationGracePeriodSeconds?: number;
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly imagePullSecrets?: readonly { readonly name?: string }[];
  readonly volumes?: readonly {
    readonly configMap?: { readonly name?: string };
    readonly secret?: { readonly secretName?: string };
    readonly projected?: {
      readonly sources?: readonly { readonly configMap?: { name?: string }; readonly secret?: { name?: string } }[];
    };
  }[];
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  /** What the tag was resolved to; empty while it is pulled. */
  readonly imageID?: string;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt?: string };
  };
  readonly lastState?: { readonly terminated?: { readonly exitCode: number; readonly reason?: string } };
}

export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
}

export interface Pod extends Named {
  readonly spec: PodSpec;
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

export interface Deployment extends Named {
  readonly spec: {
    readonly replicas?: number;
    readonly template: { readonly metadata?: { readonly labels?: Selector }; readonly spec: PodSpec };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly Condition[];
  };
}

export interface ReplicaSet extends Named {
  readonly spec: { readonly replicas?: number };
  readonly status?: { readonly observedGeneration?: number; readonly replicas?: number };
}

export interface EndpointSlice extends Named {
  readonly endpoints?:
    | readonly {
        readonly conditions?: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean };
        readonly targetRef?: { readonly kind?: string; readonly name?: string; readonly uid?: string };
      }[]
    | null;
  readonly ports?: readonly { readonly name?: string; readonly port?: number }[] | null;
}

export interface LeaseObject extends Named {
  readonly spec: { readonly holderIdentity?: string; readonly renewTime?: string };
}

export interface Stored extends Named {
  readonly data?: Readonly<Record<string, string>>;
}

export interface HorizontalPodAutoscaler extends Named {
  readonly spec: { readonly scaleTargetRef: { readonly kind: string; readonly name: string } };
}

export interface Job extends Named {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/** Of the metrics API, which is an addition that not every cluster has. */
export interface PodMetrics {
  readonly containers: readonly {
    readonly name: string;
    readonly usage: { readonly cpu: string; readonly memory: string };
  }[];
}

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

export interface Node extends Named {
  readonly spec: {
    readonly unschedulable?: boolean;
    readonly taints?: readonly Taint[];
  };
  readonly status?: { readonly allocatable?: ResourceList; readonly conditions?: readonly Condition[] };
}

export interface ResourceQuota extends Named {
  readonly spec: { readonly scopes?: readonly string[]; readonly scopeSelector?: object };
  readonly status?: { readonly hard?: ResourceList; readonly used?: ResourceList };
}

export interface Kinds {
  Service: Service;
  Ingress: Ingress;
  Pod: Pod;
  Deployment: Deployment;
  ReplicaSet: ReplicaSet;
  EndpointSlice: EndpointSlice;
  Lease: LeaseObject;
  ConfigMap: Stored;
  Secret: Stored;
  HorizontalPodAutoscaler: HorizontalPodAutoscaler;
  PodDisruptionBudget: Named;
  Job: Job;
  Node: Node;
  ResourceQuota: ResourceQuota;
}

export type Kind = keyof Kinds;

const apis: Readonly<Record<Kind, { readonly version: string; readonly plural: string }>> = {
  Service: { version: "v1", plural: "services" },
  Ingress: { version: "networking.k8s.io/v1", plural: "ingresses" },
  Pod: { version: "v1", plural: "pods" },
  Deployment: { version: "apps/v1", plural: "deployments" },
  ReplicaSet: { version: "apps/v1", plural: "replicasets" },
  EndpointSlice: { version: "discovery.k8s.io/v1", plural: "endpointslices" },
  Lease: { version: "coordination.k8s.io/v1", plural: "leases" },
  ConfigMap: { version: "v1", plural: "configmaps" },
  Secret: { version: "v1", plural: "secrets" },
  HorizontalPodAutoscaler: { version: "autoscaling/v2", plural: "horizontalpodautoscalers" },
  PodDisruptionBudget: { version: "policy/v1", plural: "poddisruptionbudgets" },
  Job: { version: "batch/v1", plural: "jobs" },
  Node: { version: "v1", plural: "nodes" },
  ResourceQuota: { version: "v1", plural: "resourcequotas" },
};

export function apiVersionOf(kind: Kind): string {
  return apis[kind].version;
}

/** Path of a kind's objects in the whole cluster. */
export function clusterPathOf(kind: Kind): string {
  return `${rootOf(kind)}/${apis[kind].plural}`;
}

/** Path of a namespace's objects of a kind, of one of them, or of its subresource. */
export function pathOf(kind: Kind, namespace: string, name?: string, subresource?: string): string {
  const { plural } = apis[kind];
  const root = rootOf(kind);
  const parts = [`${root}/namespaces/${namespace}/${plural}`, name, subresource];
  return parts.filter((part) => part !== undefined).join("/");
}

function rootOf(kind: Kind): string {
  const { version } = apis[kind];
  return version.includes("/") ? `/apis/${version}` : `/api/${version}`;
}
