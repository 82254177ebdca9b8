import { request } from "node:https";
import { KubeConfig } from "@kubernetes/client-node";

/** A Kubernetes object, as its API writes it; tests say what they look for. */
export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly uid: string }[];
  };
  readonly [field: string]: any;
}

/** The kinds that tests and demo look at: version and plural. */
const kinds = {
  Namespace: "v1 namespaces",
  Node: "v1 nodes",
  Pod: "v1 pods",
  Service: "v1 services",
  ConfigMap: "v1 configmaps",
  Secret: "v1 secrets",
  Deployment: "apps/v1 deployments",
  HorizontalPodAutoscaler: "autoscaling/v2 horizontalpodautoscalers",
  PodDisruptionBudget: "policy/v1 poddisruptionbudgets",
  Ingress: "networking.k8s.io/v1 ingresses",
  EndpointSlice: "discovery.k8s.io/v1 endpointslices",
  Lease: "coordination.k8s.io/v1 leases",
  Job: "batch/v1 jobs",
} as const;

export type Kind = keyof typeof kinds;

/** What an app leaves in its namespace, without what Kubernetes derives from that by itself (pods, EndpointSlices). */
export const declaredKinds: readonly Kind[] = [
  "Service",
  "ConfigMap",
  "Secret",
  "Deployment",
  "HorizontalPodAutoscaler",
  "PodDisruptionBudget",
  "Ingress",
  "Lease",
];

const timeoutMs = 20_000;

/** The API server at BLUEGREEN_KUBECONFIG as tests ask it: without any of the library's own code. */
export class ClusterApi {
  readonly namespace: string;
  private readonly config = new KubeConfig();

  constructor(namespace: string, kubeconfig = process.env.BLUEGREEN_KUBECONFIG) {
    if (!kubeconfig) {
      throw new Error(`BLUEGREEN_KUBECONFIG is not set, so there is no cluster
  → npm test -- --project kubernetes <file>
  → or: node packages/bootstrap/main.mjs exec --cluster vitest run --project kubernetes <file>`);
    }
    this.namespace = namespace;
    this.config.loadFromFile(kubeconfig);
    if (process.env.BLUEGREEN_KUBECONTEXT) this.config.setCurrentContext(process.env.BLUEGREEN_KUBECONTEXT);
  }

  async get(kind: Kind, name: string): Promise<KubernetesObject | null> {
    const { status, body } = await this.send("GET", this.path(kind, name));
    return status === 404 ? null : parse(status, body, `get ${kind} ${name}`);
  }

  async list(kind: Kind, labels: Readonly<Record<string, string>> = {}): Promise<KubernetesObject[]> {
    const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    const { status, body } = await this.send(
      "GET",
      `${this.path(kind)}?labelSelector=${encodeURIComponent(selector.join())}`,
    );
    return parse(status, body, `list ${kind}s`).items;
  }

  /** Every Service of the cluster. */
  async services(): Promise<KubernetesObject[]> {
    const { status, body } = await this.send("GET", "/api/v1/services");
    return parse(status, body, "list Services").items;
  }

  async create(kind: Kind, object: object): Promise<KubernetesObject> {
    const { status, body } = await this.send("POST", this.path(kind), object);
    return parse(status, body, `create ${kind}`);
  }

  /** Merge patch as `kubectl patch` sends it, under its name. */
  async patch(kind: Kind, name: string, change: object, manager = "kubectl-patch"): Promise<KubernetesObject> {
    const path = `${this.path(kind, name)}?fieldManager=${manager}`;
    const { status, body } = await this.send("PATCH", path, change, "application/merge-patch+json");
    return parse(status, body, `patch ${kind} ${name}`);
  }

  /** What only controllers write. */
  async patchStatus(kind: Kind, name: string, change: object): Promise<KubernetesObject> {
    const path = `${this.path(kind, name)}/status`;
    const { status, body } = await this.send("PATCH", path, { status: change }, "application/merge-patch+json");
    return parse(status, body, `patch the status of ${kind} ${name}`);
  }

  /** Server-side apply as `kubectl apply --server-side` does it, under its name. */
  async apply(kind: Kind, name: string, object: object, manager = "kubectl"): Promise<KubernetesObject> {
    const [apiVersion] = kinds[kind].split(" ");
    const path = `${this.path(kind, name)}?fieldManager=${manager}`;
    const wish = { apiVersion, kind, metadata: { name }, ...object };
    const { status, body } = await this.send("PATCH", path, wish, "application/apply-patch+yaml");
    return parse(status, body, `apply ${kind} ${name}`);
  }

  /** In the background; what is not there is what was wanted. */
  async remove(kind: Kind, name: string): Promise<void> {
    const { status, body } = await this.send("DELETE", this.path(kind, name), { propagationPolicy: "Background" });
    if (status !== 404 && status !== 409) parse(status, body, `delete ${kind} ${name}`);
  }

  async logs(pod: string): Promise<string> {
    const { status, body } = await this.send("GET", `${this.path("Pod", pod)}/log`);
    return status === 200 ? body : "";
  }

  private path(kind: Kind, name?: string): string {
    const [version = "", plural = ""] = kinds[kind].split(" ");
    const root = version.includes("/") ? `/apis/${version}` : `/api/${version}`;
    const place = kind === "Namespace" || kind === "Node" ? "" : `/namespaces/${this.namespace}`;
    return `${root}${place}/${plural}${name === undefined ? "" : `/${name}`}`;
  }

  private async send(method: string, path: string, body?: object, type = "application/json") {
    const options: Parameters<KubeConfig["applyToHTTPSOptions"]>[0] = { headers: {} };
    await this.config.applyToHTTPSOptions(options);
    const server = new URL(path, this.config.getCurrentCluster()?.server);
    const headers = { ...options.headers, accept: "application/json", ...(body ? { "content-type": type } : {}) };
    return new Promise<{ status: number; body: string }>((resolve, reject) => {
      const sent = request(server, { ...options, method, headers, timeout: timeoutMs } as object, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body: text }));
        answer.on("error", reject);
      });
      sent.on("timeout", () => sent.destroy(new Error(`the API server did not answer ${path} in ${timeoutMs} ms`)));
      sent.on("error", reject);
      sent.end(body && JSON.stringify(body));
    });
  }
}

function parse(status: number, body: string, what: string): KubernetesObject {
  if (status >= 200 && status < 300) return JSON.parse(body);
  throw new Error(`can't ${what} (${status}): ${body.slice(0, 500)}`);
}
