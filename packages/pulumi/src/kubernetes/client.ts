import http from "node:http";
import https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import type { KubernetesAddress } from "../contracts/addresses.ts";
import type { Answer } from "../contracts/answer.ts";
import type { EntranceRequest } from "../contracts/check.ts";
import { bounds, tooLong } from "../io/bounds.ts";
import { request } from "../io/http-request.ts";
import { reasonOf } from "../io/reason.ts";
import { PodWays } from "./ask-pod.ts";
import { KubernetesError, parseStatus, refusal } from "./error.ts";
import { loadKubeconfig } from "./kubeconfig.ts";
import type { Selector } from "./labels.ts";
import { apiVersionOf, clusterPathOf, type Kind, type Kinds, type Meta, type PodMetrics, pathOf } from "./objects.ts";

/** Deadline of one request to the API server, without what it proxies. Milliseconds. */
const requestTimeoutMs = 20_000;
/** Idle connections are given up before load balancers in front of API servers do. Milliseconds. */
const idleMs = 20_000;
/** How often a request is repeated that the API server was too busy for; it has not been carried out then. */
const busyTries = 3;
const busyPauseMs = 5_000;

export type Change = "create" | "replace" | "apply" | "patch";

const changes: Readonly<Record<Change, { readonly method: string; readonly type: string }>> = {
  create: { method: "POST", type: "application/json" },
  replace: { method: "PUT", type: "application/json" },
  apply: { method: "PATCH", type: "application/apply-patch+yaml" },
  patch: { method: "PATCH", type: "application/merge-patch+json" },
};

interface Sent {
  readonly method: string;
  readonly path: string;
  /** What it does, for messages: `get Service shop`. */
  readonly what: string;
  readonly accept?: string;
  readonly type?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** Of the answer's body. @default `bounds.list` */
  readonly limit?: number;
}

/** Connects to a cluster. Throws when the kubeconfig can't be used; asks the API server nothing yet. */
export async function connectKubernetes(address: KubernetesAddress): Promise<KubernetesClient> {
  return new KubernetesClient(await loadKubeconfig(address), address.namespace);
}

/**
 * A namespace of a cluster, through its API server. The library `@kubernetes/client-node` reads the kubeconfig and logs
 * in; requests are made here, since its generated calls hide server-side apply and the proxy.
 */
export class KubernetesClient {
  readonly namespace: string;
  readonly config: KubeConfig;
  private readonly server: URL;
  private readonly agent: http.Agent;
  private readonly ways = new PodWays();

  constructor(config: KubeConfig, namespace: string) {
    this.config = config;
    this.namespace = namespace;
    this.server = new URL(config.getCurrentCluster()?.server ?? "");
    const options = { keepAlive: true, timeout: idleMs };
    this.agent = this.server.protocol === "https:" ? new https.Agent(options) : new http.Agent(options);
  }

  /** An object as it is in etcd now, or `null` when there is none. */
  async read<K extends Kind>(kind: K, name: string): Promise<Kinds[K] | null> {
    const what = `get ${kind} ${name}`;
    const answer = await this.send({ method: "GET", path: pathOf(kind, this.namespace, name), what });
    if (answer.status === 404 && parseStatus(answer.body)?.reason === "NotFound") return null;
    return this.parse(answer, what) as Kinds[K];
  }

  /** The objects that carry these labels. */
  async list<K extends Kind>(kind: K, wanted: Selector): Promise<readonly Kinds[K][]> {
    return (await this.listAs(kind, wanted, "application/json")) as Kinds[K][];
  }

  /** The objects of the whole cluster that have these fields: `status.phase!=Failed`. */
  async listEverywhere<K extends Kind>(kind: K, fields = ""): Promise<readonly Kinds[K][]> {
    const what = `list ${kind}s of the cluster`;
    const query = fields === "" ? "" : `?fieldSelector=${encodeURIComponent(fields)}`;
    const answer = await this.send({ method: "GET", path: clusterPathOf(kind) + query, what });
    return (this.parse(answer, what) as { items: Kinds[K][] | null }).items ?? [];
  }

  /** What is known of them apart from their contents, which never leave the cluster: those of Secrets are none of ours. */
  async listMetadata(kind: Kind, wanted: Selector): Promise<readonly { readonly metadata: Meta }[]> {
    return this.listAs(kind, wanted, "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
  }

  private async listAs(kind: Kind, wanted: Selector, accept: string): Promise<{ metadata: Meta }[]> {
    const selector = Object.entries(wanted).map(([key, value]) => `${key}=${value}`);
    const query = selector.length > 0 ? `?labelSelector=${encodeURIComponent(selector.join(","))}` : "";
    const what = `list ${kind}s`;
    const answer = await this.send({ method: "GET", path: pathOf(kind, this.namespace) + query, what, accept });
    // A list of metadata that is empty has no items at all.
    return (this.parse(answer, what) as { items: { metadata: Meta }[] | null }).items ?? [];
  }

  create<K extends Kind>(kind: K, name: string, object: object, manager: string): Promise<Kinds[K]> {
    return this.change("create", kind, name, object, `?fieldManager=${encodeURIComponent(manager)}`);
  }

  /**
   * Server-side apply: `object` holds exactly what `manager` owns. A `resourceVersion` or `uid` in it is a condition
   * (409), so that what is overridden by force has been seen.
   */
  apply<K extends Kind>(kind: K, name: string, object: object, manager: string): Promise<Kinds[K]> {
    return this.change("apply", kind, name, object, `?force=true&fieldManager=${encodeURIComponent(manager)}`);
  }

  replace<K extends Kind>(kind: K, name: string, object: object, manager: string): Promise<Kinds[K]> {
    return this.change("replace", kind, name, object, `?fieldManager=${encodeURIComponent(manager)}`);
  }

  /** Merge patch. A `resourceVersion` or `uid` in it is a condition (409). */
  patch<K extends Kind>(kind: K, name: string, object: object, manager: string, subresource?: string) {
    const query = `?fieldManager=${encodeURIComponent(manager)}`;
    return this.change("patch", kind, name, object, query, subresource);
  }

  /** Removes an object, in the background. Already gone, or another one by that name, is what was wanted. */
  async remove(kind: Kind, name: string, uid: string): Promise<void> {
    const what = `delete ${kind} ${name}`;
    const body = { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Background", preconditions: { uid } };
    const path = pathOf(kind, this.namespace, name);
    const answer = await this.send({ method: "DELETE", path, what, type: "application/json", body });
    if (answer.status !== 404 && answer.status !== 409) this.parse(answer, what);
  }

  /**
   * Ends a pod as `kubectl drain` does: not against a PodDisruptionBudget. `false` when one does not allow it now. A pod
   * that is gone is what was wanted.
   */
  async evict(pod: string, uid: string): Promise<boolean> {
    const what = `evict Pod ${pod}`;
    const metadata = { name: pod, namespace: this.namespace };
    const deleteOptions = { preconditions: { uid } };
    const body = { apiVersion: "policy/v1", kind: "Eviction", metadata, deleteOptions };
    const path = pathOf("Pod", this.namespace, pod, "eviction");
    const answer = await this.sendOnce({ method: "POST", path, what, type: "application/json", body });
    if (answer.status === 429) return false;
    if (answer.status !== 404 && answer.status !== 409) this.parse(answer, what);
    return true;
  }

  /**
   * One request to a pod's own port, through the API server: it reaches what has no address outside the cluster, and who
   * may use it is who may use the cluster. Rejects when the pod did not answer.
   */
  askPod(pod: string, port: number, asked: EntranceRequest): Promise<Answer> {
    return this.ways.ask(this, pod, port, asked);
  }

  /** The same by the API server's proxy alone. */
  async proxyPod(pod: string, port: number, asked: EntranceRequest): Promise<Answer> {
    const { path, headers, scheme, timeoutMs } = asked;
    const what = `ask Pod ${pod}:${port} for ${path}`;
    const at = `${scheme ? `${scheme}:` : ""}${pod}:${port}`;
    const proxied = `${pathOf("Pod", this.namespace, at, "proxy")}${path}`;
    const sent = { method: "GET", path: proxied, what, timeoutMs, limit: bounds.answer };
    const answer = await this.send({ ...sent, ...(headers ? { headers } : {}) });
    if (answer.status >= 400 && parseStatus(answer.body)) throw refusal(what, answer.status, answer.body);
    return answer;
  }

  /** The last lines that a pod's container printed. */
  async log(pod: string, lines: number): Promise<string> {
    const what = `read the log of Pod ${pod}`;
    const path = `${pathOf("Pod", this.namespace, pod, "log")}?tailLines=${lines}&limitBytes=${bounds.printed}`;
    const answer = await this.send({ method: "GET", path, what, accept: "*/*" });
    if (answer.status !== 200) throw refusal(what, answer.status, answer.body);
    return answer.body;
  }

  /** What a pod's container printed in the last so many milliseconds, or since it was started. */
  async logSince(pod: string, container: string, sinceMs: number | null): Promise<string> {
    const what = `read the log of Pod ${pod}`;
    const since = sinceMs === null ? "" : `&sinceSeconds=${Math.max(1, Math.ceil(sinceMs / 1_000))}`;
    const query = `?container=${container}&limitBytes=${bounds.logs}${since}`;
    const answer = await this.send({
      method: "GET",
      path: pathOf("Pod", this.namespace, pod, "log") + query,
      what,
      accept: "*/*",
    });
    if (answer.status !== 200) throw refusal(what, answer.status, answer.body);
    if (Buffer.byteLength(answer.body) < bounds.logs) return answer.body;
    throw new Error(`Pod ${pod} printed more than ${bounds.logs >> 20} MiB; ask for a shorter span`);
  }

  /** What a pod's containers use by the word of the cluster's metrics API, where there is one. */
  async metricsOf(pod: string): Promise<PodMetrics | null> {
    const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${this.namespace}/pods/${pod}`;
    const answer = await this.send({ method: "GET", path, what: `get the metrics of Pod ${pod}` });
    return answer.status === 200 ? (JSON.parse(answer.body) as PodMetrics) : null;
  }

  private async change<K extends Kind>(
    change: Change,
    kind: K,
    name: string,
    object: object,
    query: string,
    subresource?: string,
  ): Promise<Kinds[K]> {
    const { method, type } = changes[change];
    const path = pathOf(kind, this.namespace, change === "create" ? undefined : name, subresource);
    const named = { ...object, metadata: { name, ...("metadata" in object ? (object.metadata as object) : {}) } };
    const body = change === "patch" ? object : { apiVersion: apiVersionOf(kind), kind, ...named };
    const what = `${change} ${kind} ${name}${subresource ? ` (${subresource})` : ""}`;
    return this.parse(await this.send({ method, path: path + query, what, type, body }), what) as Kinds[K];
  }

  private parse(answer: Answer, what: string): unknown {
    if (answer.cut) throw new KubernetesError(`can't ${what}: ${tooLong("the answer", bounds.list).message}`, 0);
    if (answer.status >= 200 && answer.status < 300) return JSON.parse(answer.body);
    throw refusal(what, answer.status, answer.body);
  }

  private async send(sent: Sent): Promise<Answer> {
    for (let tries = 1; ; tries++) {
      const answer = await this.sendOnce(sent);
      if (answer.status !== 429 || !answer.headers["retry-after"] || tries === busyTries) return answer;
      await sleep(Math.min(Number(answer.headers["retry-after"]) * 1_000 || 1_000, busyPauseMs));
    }
  }

  private async sendOnce(sent: Sent): Promise<Answer> {
    const { method, path, what, accept = "application/json", type, body, timeoutMs = requestTimeoutMs } = sent;
    const options = await this.login();
    const ask = () =>
      request({
        host: this.server.hostname.replace(/^\[|\]$/g, ""),
        port: Number(this.server.port || (this.server.protocol === "https:" ? 443 : 80)),
        path: this.server.pathname.replace(/\/$/, "") + path,
        method,
        headers: { accept, ...sent.headers, ...options.headers, ...(type ? { "content-type": type } : {}) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(this.server.protocol === "https:" ? { tls: options.tls } : {}),
        agent: options.agent ?? this.agent,
        bodyLimit: sent.limit ?? bounds.list,
        timeoutMs,
      });
    const fail = (error: unknown): never => {
      const reason = reasonOf(error).replace(/^no answer from \S+/, "no answer");
      throw new KubernetesError(`can't ${what}: ${reason}`, 0);
    };
    try {
      return await ask();
    } catch (error) {
      // A kept connection may be closed by the other side as it is used again.
      const { code } = error as NodeJS.ErrnoException;
      if (method === "GET" && (code === "ECONNRESET" || code === "EPIPE")) return await ask().catch(fail);
      return fail(error);
    }
  }

  /** Credentials for one request; an exec plugin's token is used until it expires. */
  private async login() {
    const given: https.RequestOptions = { headers: {} };
    try {
      await this.config.applyToHTTPSOptions(given);
    } catch (error) {
      // The text of what a plugin printed could hold its token.
      const reason = error instanceof SyntaxError ? "its exec plugin printed no credential" : reasonOf(error);
      throw new KubernetesError(`the kubeconfig's user can't log in: ${reason}`, 0);
    }
    const { agent, headers, auth, ...tls } = given;
    const basic = auth ? { authorization: `Basic ${Buffer.from(auth).toString("base64")}` } : {};
    const proxied = this.config.getCurrentCluster()?.proxyUrl ? (agent as http.Agent) : undefined;
    return { tls, agent: proxied, headers: { ...(headers as Record<string, string>), ...basic } };
  }
}
