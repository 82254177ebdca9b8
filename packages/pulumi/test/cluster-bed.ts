import { readFileSync } from "node:fs";
import { type Color, perColor } from "@bluegreen/core";
import { until } from "@bluegreen/testkit/until";
import {
  AppsV1Api,
  CoreV1Api,
  KubeConfig,
  NetworkingV1Api,
  PatchStrategy,
  PolicyV1Api,
  setHeaderOptions,
} from "@kubernetes/client-node";
import type { KubernetesAddress } from "../src/contracts/addresses.ts";
import type { SiteParts, Workload } from "../src/contracts/site.ts";
import { connectKubernetes, type KubernetesClient } from "../src/kubernetes/client.ts";
import { candidateName, labels, selectorOf } from "../src/kubernetes/labels.ts";
import { isReady } from "../src/kubernetes/pods.ts";

/** The cluster of the bed, or the one that the environment names. */
const kubeconfigFile = process.env.BLUEGREEN_KUBECONFIG ?? "";

/** The bed's shop: `/health/ready`, and what environment variables make of it. */
export const image = `${process.env.BLUEGREEN_APP_IMAGE ?? "localhost/bluegreen/shop"}:1.0.0`;

/** What is exposed, and how both colors' releases are reached. */
export const exposed = { service: "web", port: 8080, ready: { path: "/health/ready", port: 8080 } };
export const reach = perColor(() => ({ web: exposed, chat: exposed }));

/** What a pod of the shop is given. */
export interface Pods {
  readonly version?: string;
  readonly replicas?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly graceSeconds?: number;
  /** Never ready as Kubernetes sees it. */
  readonly readyPath?: string;
}

/** A namespace of one test file's own, and Kubernetes' generated client as the other hand in it. */
export class ClusterBed {
  readonly app = "shop-ab12cd";
  readonly address: KubernetesAddress;
  readonly client: KubernetesClient;
  readonly config: KubeConfig;
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly networking: NetworkingV1Api;
  readonly policy: PolicyV1Api;
  readonly workloads: { blue: Workload[]; green: Workload[] } = { blue: [], green: [] };
  readonly versions: { blue?: string; green?: string } = {};

  private constructor(address: KubernetesAddress, client: KubernetesClient, config: KubeConfig) {
    this.address = address;
    this.client = client;
    this.config = config;
    this.core = config.makeApiClient(CoreV1Api);
    this.apps = config.makeApiClient(AppsV1Api);
    this.networking = config.makeApiClient(NetworkingV1Api);
    this.policy = config.makeApiClient(PolicyV1Api);
  }

  static async open(name: string): Promise<ClusterBed> {
    const namespace = `bg-${name}-${Math.random().toString(36).slice(2, 8)}`;
    if (kubeconfigFile === "") throw new Error("BLUEGREEN_KUBECONFIG names no cluster; `npm test` brings one");
    const kubeconfig = readFileSync(kubeconfigFile, "utf8");
    const context = process.env.BLUEGREEN_KUBECONTEXT ?? "";
    const address: KubernetesAddress = { kind: "kubernetes", kubeconfig, context, namespace };
    const config = new KubeConfig();
    config.loadFromString(kubeconfig);
    if (context !== "") config.setCurrentContext(context);
    const bed = new ClusterBed(address, await connectKubernetes(address), config);
    await bed.core.createNamespace({ body: { metadata: { name: namespace } } });
    // A pod needs it, and the controller that makes it takes its time.
    await until("the namespace has its account", async () => {
      const { items } = await bed.core.listNamespacedServiceAccount({ namespace });
      return items.some((account) => account.metadata?.name === "default");
    });
    return bed;
  }

  async close(): Promise<void> {
    await this.core.deleteNamespace({ name: this.address.namespace });
  }

  get namespace(): string {
    return this.address.namespace;
  }

  /** What the cutover is told. */
  parts(router: SiteParts["router"] = { kind: "service", name: "shop", port: 80, url: "" }): SiteParts {
    const { app, address: platform, versions, workloads } = this;
    return { app, platform, router, service: exposed.service, reach, versions, workloads };
  }

  /** A Deployment and the color's own Service, as the environment declares them. */
  async declare(color: Color, pods: Pods = {}, service = exposed.service): Promise<Workload> {
    const { app, namespace } = this;
    const version = pods.version ?? `${color}-1`;
    const selector = selectorOf({ app, color, version, service });
    const own = { ...selector, [labels.role]: "backend" };
    const name = `${candidateName(app, color, service)}-${Math.random().toString(36).slice(2, 6)}`;
    const env = { BLUEGREEN_COLOR: color, BLUEGREEN_RELEASE: version, VERSION: version, ...pods.env };
    const deployment = await this.apps.createNamespacedDeployment({
      namespace,
      body: {
        metadata: { name, labels: own },
        spec: {
          replicas: pods.replicas ?? 2,
          selector: { matchLabels: selector },
          progressDeadlineSeconds: 30,
          template: {
            metadata: { labels: own },
            spec: {
              terminationGracePeriodSeconds: pods.graceSeconds ?? 5,
              containers: [
                {
                  name: "main",
                  image,
                  imagePullPolicy: "IfNotPresent",
                  env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
                  ports: [{ containerPort: exposed.port }],
                  readinessProbe: {
                    httpGet: { path: pods.readyPath ?? exposed.ready.path, port: exposed.port },
                    periodSeconds: 1,
                  },
                },
              ],
            },
          },
        },
      },
    });
    const ports = [{ name: "http", port: exposed.port }];
    const candidate = candidateName(app, color, service);
    const metadata = { name: candidate, labels: { [labels.app]: app, [labels.role]: "candidate" } };
    await this.core.createNamespacedService({ namespace, body: { metadata, spec: { ports, selector } } });
    const workload = { id: deployment.metadata?.uid ?? "", name, service };
    this.workloads[color].push(workload);
    this.versions[color] = version;
    return workload;
  }

  /** The stable Service, without a selector, as the router is declared; gives its port on the node, if any. */
  async declareService(name = "shop", type: "ClusterIP" | "NodePort" = "ClusterIP"): Promise<number> {
    const { namespace } = this;
    const ports = [{ name: "http", port: 80, targetPort: exposed.port }];
    const metadata = { name, labels: { [labels.app]: this.app, [labels.role]: "router" } };
    const service = await this.core.createNamespacedService({ namespace, body: { metadata, spec: { type, ports } } });
    return service.spec?.ports?.[0]?.nodePort ?? 0;
  }

  /** Waits until so many pods of a color are ready. */
  async ready(color: Color, count = 2): Promise<void> {
    const selector = { [labels.app]: this.app, [labels.color]: color };
    await until(
      `${count} pods are ready`,
      async () => (await this.client.list("Pod", selector)).filter(isReady).length >= count,
    );
  }

  async podNames(color: Color): Promise<string[]> {
    const pods = await this.client.list("Pod", { [labels.app]: this.app, [labels.color]: color });
    return pods.map((pod) => pod.metadata.name);
  }

  /** `kubectl patch service`, as a person does it at night. */
  async patchSelector(name: string, color: Color, service = exposed.service): Promise<void> {
    const { app, namespace, versions } = this;
    const selector = selectorOf({ app, color, version: versions[color] ?? "", service });
    await this.core.patchNamespacedService(
      { name, namespace, fieldManager: "kubectl-patch", body: { spec: { selector } } },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    );
  }

  /** A PodDisruptionBudget over a color's pods. */
  async budget(color: Color, minAvailable: number): Promise<void> {
    const matchLabels = { [labels.app]: this.app, [labels.color]: color };
    const name = `${this.app}-${color}`;
    const body = { metadata: { name }, spec: { minAvailable, selector: { matchLabels } } };
    await this.policy.createNamespacedPodDisruptionBudget({ namespace: this.namespace, body });
    await until("the budget is counted", async () => {
      const { status } = await this.policy.readNamespacedPodDisruptionBudget({ namespace: this.namespace, name });
      return status?.expectedPods === minAvailable;
    });
  }

  async patchIngress(name: string, body: object): Promise<void> {
    await this.networking.patchNamespacedIngress(
      { name, namespace: this.namespace, fieldManager: "kubectl-patch", body },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    );
  }
}
