import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createProject, type Project, type Stack } from "@bluegreen/testkit/engine/pulumi";
import { KubeConfig } from "@kubernetes/client-node";
import type { KubernetesClient } from "../../../pulumi/dist/kubernetes/client.js";
import { connectKubernetes } from "../../../pulumi/dist/kubernetes/client.js";
import { ApiServer } from "./api-server.ts";

/** Kubernetes' own default range. */
const nodePorts = { first: 30_000, last: 32_767 };
const goneWithinMs = 120_000;
const pollMs = 250;

export interface ServiceObject {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly ports: readonly { readonly nodePort?: number }[] };
}

export interface BedOptions {
  /** Source of the Pulumi program. */
  readonly program: string;
  readonly config?: Readonly<Record<string, string>>;
}

/** A namespace of one benchmark's own, and a Pulumi project for it. Both go at `close`. */
export class KubernetesBed {
  readonly namespace: string;
  readonly cluster: ApiServer;
  /** The library's client: what its cutover asks and writes with. */
  readonly client: KubernetesClient;
  readonly stack: Stack;
  private readonly project: Project;

  private constructor(of: Pick<KubernetesBed, "namespace" | "cluster" | "client" | "stack"> & { project: Project }) {
    this.namespace = of.namespace;
    this.cluster = of.cluster;
    this.client = of.client;
    this.stack = of.stack;
    this.project = of.project;
  }

  static async open(name: string, { program, config = {} }: BedOptions): Promise<KubernetesBed> {
    const kubeconfig = process.env.BLUEGREEN_KUBECONFIG;
    if (!kubeconfig) throw new Error(`BLUEGREEN_KUBECONFIG is not set\n  → npm run bench -- ${name}`);
    // What runs here, in this process, finds the cluster as the pulumi process does.
    process.env.KUBECONFIG = kubeconfig;
    const context = process.env.BLUEGREEN_KUBECONTEXT;
    const kubernetes = new KubeConfig();
    kubernetes.loadFromFile(kubeconfig);
    if (context) kubernetes.setCurrentContext(context);
    const cluster = new ApiServer(kubernetes);
    const namespace = `bench-${name}-${randomInt(0x1000, 0x10000).toString(16)}`;
    const metadata = { name: namespace, labels: { "bluegreen.test": "bench" } };
    removeWhenInterrupted(cluster, namespace);
    await cluster.call("POST", "/api/v1/namespaces", { body: { metadata } });
    const project = await createProject({ program, name: "bench", env: { KUBECONFIG: kubeconfig } });
    const stack = await project.stack("bench");
    const client = await connectKubernetes({ kind: "kubernetes", kubeconfig: "", context: context ?? "", namespace });
    const bed = new KubernetesBed({ namespace, cluster, client, stack, project });
    const given = { namespace, ...(context ? { "kubernetes:context": context } : {}), ...config };
    for (const [key, value] of Object.entries(given)) await stack.config(key, value);
    return bed;
  }

  /** Namespaced objects of the core API. */
  path(rest: string): string {
    return `/api/v1/namespaces/${this.namespace}/${rest}`;
  }

  async service(name: string): Promise<ServiceObject> {
    return (await this.cluster.call("GET", this.path(`services/${name}`))) as unknown as ServiceObject;
  }

  /** Where this machine reaches a Service of type NodePort. */
  async urlOf(name: string): Promise<string> {
    return `http://127.0.0.1:${(await this.service(name)).spec.ports[0]?.nodePort}`;
  }

  /** A Service as anybody would make it, to be switched by patching its selector. Gives its address. */
  async makeService(name: string, selector: object): Promise<string> {
    const ports = [{ name: "http", port: 80, targetPort: 8080 }];
    const body = { metadata: { name }, spec: { type: "NodePort", ports, selector } };
    await this.cluster.call("POST", this.path("services"), { body });
    return this.urlOf(name);
  }

  /** The very request of `kubectl patch service <name> -p '{"spec":{"selector":…}}'`. */
  async patchSelector(name: string, selector: object): Promise<void> {
    await this.cluster.call("PATCH", this.path(`services/${name}`), {
      query: { fieldManager: "kubectl-patch" },
      contentType: "application/strategic-merge-patch+json",
      body: { spec: { selector } },
    });
  }

  /** A NodePort that nobody has; chosen before the Service is there, where a program has to name it. */
  async freeNodePort(): Promise<number> {
    const all = (await this.cluster.call("GET", "/api/v1/services")) as unknown as { items: ServiceObject[] };
    const taken = new Set(all.items.flatMap(({ spec }) => (spec.ports ?? []).map(({ nodePort }) => nodePort)));
    for (;;) {
      const port = randomInt(nodePorts.first, nodePorts.last + 1);
      if (!taken.has(port)) return port;
    }
  }

  async close(): Promise<void> {
    try {
      await this.project.remove();
    } finally {
      await removeNamespace(this.cluster, this.namespace);
    }
  }
}

async function removeNamespace(cluster: ApiServer, name: string): Promise<void> {
  const path = `/api/v1/namespaces/${name}`;
  await cluster.call("DELETE", path);
  const deadline = performance.now() + goneWithinMs;
  while (await isThere(cluster, path)) {
    if (performance.now() > deadline) throw new Error(`namespace ${name} is still there after ${goneWithinMs} ms`);
    await sleep(pollMs);
  }
}

async function isThere(cluster: ApiServer, path: string): Promise<boolean> {
  return cluster.call("GET", path).then(
    () => true,
    (error: { code?: number }) => {
      if (error.code === 404) return false;
      throw error;
    },
  );
}

/** The namespace holds everything that outlives this process. Ctrl-C may come from the terminal and the bootstrap. */
function removeWhenInterrupted(cluster: ApiServer, name: string): void {
  let interrupted = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (interrupted) return;
      interrupted = true;
      const end = () => process.exit(signal === "SIGINT" ? 130 : 143);
      cluster.call("DELETE", `/api/v1/namespaces/${name}`).then(end, end);
    });
  }
}
