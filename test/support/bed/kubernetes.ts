import { setTimeout as sleep } from "node:timers/promises";
import { ClusterApi, declaredKinds, type KubernetesObject } from "@bluegreen/testkit/cluster/api";
import type { Backend, Bed, Front, Ground, GroundOptions, Json, RouterView, World } from "../bed.ts";

/** The cluster at BLUEGREEN_KUBECONFIG, with a Service as the router; each project has a namespace of its own. */
export class KubernetesBed implements Bed {
  readonly platform = "kubernetes";
  readonly nobody = { status: 0, color: "", version: "" };

  async open({
    namespace: madeBy = "program",
    via = "url",
    ambient = true,
    startWithin = "30s",
    beside,
  }: GroundOptions = {}) {
    const shared = beside instanceof KubernetesGround ? beside.api : undefined;
    const api = shared ?? new ClusterApi(`shop-${Math.random().toString(36).slice(2, 8)}`);
    if (madeBy === "bed" && !shared) await api.create("Namespace", { metadata: { name: api.namespace } });
    return new KubernetesGround(api, { createNamespace: madeBy === "program" && !shared, via, ambient, startWithin });
  }
}

export class KubernetesGround implements Ground {
  readonly api: ClusterApi;
  readonly env: Record<string, string>;
  readonly platform: { readonly kind: "kubernetes"; readonly [setting: string]: Json };
  private readonly via: "url" | "proxy";

  constructor(
    api: ClusterApi,
    of: { createNamespace: boolean; via: "url" | "proxy"; ambient: boolean; startWithin: string },
  ) {
    const { createNamespace, via, ambient, startWithin } = of;
    const context = process.env.BLUEGREEN_KUBECONTEXT;
    this.api = api;
    this.via = via;
    this.env = { KUBECONFIG: ambient ? (process.env.BLUEGREEN_KUBECONFIG ?? "") : "/nowhere" };
    this.platform = {
      kind: "kubernetes",
      namespace: api.namespace,
      createNamespace,
      startWithin,
      ...(context ? { context } : {}),
    };
  }

  async front(name: string): Promise<Front> {
    const nodePort = await freeNodePort(this.api);
    const url = `http://127.0.0.1:${nodePort}`;
    const router = { kind: "service", name, type: "NodePort", ports: [{ port: 80, nodePort }] };
    return { url, router: this.via === "url" ? { ...router, url } : router };
  }

  world(identity: string, front: Front): KubernetesWorld {
    return new KubernetesWorld(this.api, identity, String(front.router.name));
  }

  async clear(): Promise<void> {}

  /** What the program made is gone by now; what a killed run or a test left goes with the namespace. */
  close(): Promise<void> {
    return this.api.remove("Namespace", this.api.namespace);
  }
}

export class KubernetesWorld implements World {
  readonly hand = /it was moved by kubectl-patch at 2\d{3}-[-\dT:]+Z/;
  readonly identity: string;
  /** Name of the stable Service. */
  readonly service: string;
  readonly api: ClusterApi;

  constructor(api: ClusterApi, identity: string, service: string) {
    this.api = api;
    this.identity = identity;
    this.service = service;
  }

  async backends(color: string): Promise<Backend[]> {
    const [pods, sets] = await Promise.all([this.pods(color), this.deployments(color)]);
    return pods.map(({ metadata: { uid, name, labels = {} } }) => ({
      id: uid,
      name,
      service: labels["bluegreen/service"] ?? "",
      // A pod's name begins with that of its Deployment.
      workload: sets.find((one) => name.startsWith(`${one.metadata.name}-`))?.metadata.uid ?? "",
      labels: Object.fromEntries(Object.entries(labels).map(([key, value]) => [key.replace("bluegreen/", ""), value])),
    }));
  }

  async removeByHand(color: string): Promise<void> {
    for (const { metadata } of await this.deployments(color)) await this.api.remove("Deployment", metadata.name);
  }

  async running(color: string): Promise<string[]> {
    return (await this.pods(color)).map(({ metadata }) => metadata.name);
  }

  async workloads(color: string): Promise<string[]> {
    return (await this.deployments(color)).map(({ metadata }) => metadata.uid).sort();
  }

  async subjects(color: string): Promise<string[]> {
    return (await this.pods(color)).map(({ metadata, status }) => {
      const restarts = (status.containerStatuses ?? []).map((one: { restartCount: number }) => one.restartCount);
      return `${metadata.uid}/${restarts.reduce((sum: number, count: number) => sum + count, 0)}`;
    });
  }

  async starts(color: string): Promise<string[]> {
    const started = (await this.pods(color)).map(({ metadata, status }) => {
      const since = (status.containerStatuses ?? []).map((one: KubernetesObject) => one.state?.running?.startedAt);
      return `${metadata.name} ${metadata.uid} running since ${since}`;
    });
    return started.sort();
  }

  /** What the pods are told, with the ConfigMaps and Secrets that it is kept in. */
  async environment(color: string, service: string): Promise<Record<string, string>> {
    const one = (await this.deployments(color)).find((it) => it.metadata.labels?.["bluegreen/service"] === service);
    if (!one) throw new Error(`${color} has no Deployment of ${service}`);
    const [{ env = [], envFrom = [] }] = one.spec.template.spec.containers;
    const sources = await Promise.all(
      envFrom.map(async (from: { configMapRef?: { name: string }; secretRef?: { name: string } }) => {
        if (from.configMapRef) return (await this.api.get("ConfigMap", from.configMapRef.name))?.data ?? {};
        const data = (await this.api.get("Secret", from.secretRef?.name ?? ""))?.data ?? {};
        const texts = Object.entries(data).map(([key, value]) => [key, Buffer.from(`${value}`, "base64").toString()]);
        return Object.fromEntries(texts);
      }),
    );
    const own = Object.fromEntries(env.map((it: { name: string; value: string }) => [it.name, it.value]));
    return Object.assign({}, ...sources, own);
  }

  /** The address of the color's own Service: kube-proxy's rules hold on the node, too. */
  async colorUrl(color: string): Promise<string> {
    const labels = {
      ...this.label,
      "bluegreen/role": "candidate",
      "bluegreen/color": color,
      "bluegreen/service": "web",
    };
    const [service] = await this.api.list("Service", labels);
    return `http://${service?.spec.clusterIP}:${service?.spec.ports[0].port}`;
  }

  async view(): Promise<RouterView> {
    const service = await this.router();
    const backends = Object.entries(service.spec.selector ?? {}).map(([key, value]) => `${key}=${value}`);
    return { generation: service.metadata.resourceVersion, backends, text: JSON.stringify(service) };
  }

  async moveByHand(color: string, service = "web"): Promise<void> {
    const deployments = await this.deployments(color);
    const chosen = deployments.find((one) => one.metadata.labels?.["bluegreen/service"] === service);
    await this.select(chosen?.spec.selector.matchLabels);
  }

  async moveToStranger(): Promise<void> {
    const labels = { "app.kubernetes.io/name": "stranger" };
    const probe = { httpGet: { path: "/health/ready", port: 8080 }, periodSeconds: 1 };
    const image = "localhost/bluegreen/shop:1.2.0";
    // The Service leads to what this name is in each pod.
    const ports = [{ name: "bluegreen", containerPort: 8080 }];
    const containers = [{ name: "main", image, imagePullPolicy: "IfNotPresent", readinessProbe: probe, ports }];
    await this.api.create("Pod", { metadata: { name: "stranger", labels }, spec: { containers } });
    for (let tries = 0; tries < 600 && !isReady(await this.api.get("Pod", "stranger")); tries++) await sleep(100);
    await this.select(labels);
  }

  /** `kubectl patch service`: these labels instead of those that are there. */
  async select(labels: Readonly<Record<string, string>>): Promise<void> {
    const { selector: before = {} } = (await this.router()).spec;
    const dropped = Object.fromEntries(Object.keys(before).map((key) => [key, null]));
    await this.api.patch("Service", this.service, { spec: { selector: { ...dropped, ...labels } } });
    // kube-proxy follows within moments; a test's next request is to meet what it was told.
    await sleep(1_500);
  }

  /** Makes a color's pods wait for a node that there is not, or no longer. */
  async strand(color: string, stranded: boolean): Promise<void> {
    const nodeSelector = { "bluegreen-test/nowhere": stranded ? "true" : null };
    for (const { metadata } of await this.deployments(color)) {
      await this.api.patch("Deployment", metadata.name, { spec: { template: { spec: { nodeSelector } } } });
    }
  }

  async leases(): Promise<string[]> {
    return (await this.api.list("Lease", this.label)).map(({ metadata }) => metadata.name);
  }

  async inventory(): Promise<string[]> {
    const found = await Promise.all(
      declaredKinds.map(async (kind) => {
        return (await this.api.list(kind, this.label)).map(({ metadata }) => `${kind}/${metadata.name}`);
      }),
    );
    return found.flat();
  }

  async journal(): Promise<string> {
    const [journal] = await this.api.list("ConfigMap", { ...this.label, "bluegreen/role": "journal" });
    return JSON.stringify(journal?.data ?? {}).replaceAll('\\"', '"');
  }

  async visible(): Promise<Record<string, string>> {
    const pods = await this.api.list("Pod", this.label);
    const logs = (await Promise.all(pods.map(({ metadata }) => this.api.logs(metadata.name)))).join("\n");
    const kinds = ["Service", "ConfigMap", "Deployment", "Lease"] as const;
    const objects = await Promise.all(
      kinds.map(async (kind) => [kind, JSON.stringify(await this.api.list(kind, this.label))]),
    );
    return { ...Object.fromEntries(objects), Pod: JSON.stringify(pods), logs };
  }

  async router(): Promise<KubernetesObject> {
    const service = await this.api.get("Service", this.service);
    if (!service) throw new Error(`there is no Service ${this.service}`);
    return service;
  }

  deployments(color: string): Promise<KubernetesObject[]> {
    return this.present("Deployment", color);
  }

  pods(color: string): Promise<KubernetesObject[]> {
    return this.present("Pod", color);
  }

  private async present(kind: "Deployment" | "Pod", color: string): Promise<KubernetesObject[]> {
    const all = await this.api.list(kind, { ...this.label, "bluegreen/role": "backend", "bluegreen/color": color });
    return all.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  }

  private get label() {
    return { "bluegreen/app": this.identity };
  }
}

function isReady(pod: KubernetesObject | null): boolean {
  const conditions: { type: string; status: string }[] = pod?.status?.conditions ?? [];
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}

const [firstNodePort, lastNodePort] = [30_000, 32_767];

/** A NodePort that no Service has. At random, so that tests side by side hardly ever choose the same. */
async function freeNodePort(api: ClusterApi): Promise<number> {
  const taken = (await api.services()).flatMap(({ spec }) =>
    spec.ports?.map((port: { nodePort?: number }) => port.nodePort),
  );
  for (;;) {
    const port = firstNodePort + Math.floor(Math.random() * (lastNodePort - firstNodePort + 1));
    if (!taken.includes(port)) return port;
  }
}
