import { randomInt } from "node:crypto";
import type { CutoverRecord } from "@bluegreen/core";
import { ClusterApi, declaredKinds, type KubernetesObject } from "@bluegreen/testkit/cluster/api";
import { recordOf } from "./journal.ts";
import type { DemoPlatform } from "./platform.ts";

/** The name of the stable Service in the program. */
const stableService = "shop";
/** Kubernetes' own default range of NodePorts. */
const nodePorts = { first: 30_000, last: 32_767 };

/** The cluster at BLUEGREEN_KUBECONFIG, with a Service as the router. */
export class KubernetesDemo implements DemoPlatform {
  readonly stackName = "demo-kubernetes";
  readonly where = "Kubernetes, a Service in front";
  private api = new ClusterApi("shop");

  /** A namespace and a NodePort of its own, so that it is in nobody's way on a cluster that others use, too. */
  async prepare() {
    if ((await this.api.get("Namespace", "shop")) !== null) {
      this.api = new ClusterApi(`shop-${randomInt(0x1000, 0x10000).toString(16)}`);
    }
    const port = await this.freeNodePort();
    const node = process.env.BLUEGREEN_NODE ?? "127.0.0.1";
    const context = process.env.BLUEGREEN_KUBECONTEXT;
    const config = {
      platform: "kubernetes",
      namespace: this.api.namespace,
      node,
      port: String(port),
      ...(context ? { "kubernetes:context": context } : {}),
    };
    return { url: `http://${node}:${port}`, config };
  }

  get hints(): string[] {
    const { BLUEGREEN_KUBECTL, BLUEGREEN_KUBECONFIG, BLUEGREEN_CONTAINERD } = process.env;
    const named = BLUEGREEN_CONTAINERD === undefined;
    return [
      ...(named ? [`export BLUEGREEN_KUBECONFIG=${BLUEGREEN_KUBECONFIG}`] : []),
      `${BLUEGREEN_KUBECTL} --kubeconfig ${BLUEGREEN_KUBECONFIG} -n ${this.api.namespace} get all`,
    ];
  }

  async running(app: string): Promise<string[]> {
    const pods = await this.api.list("Pod", { "bluegreen/app": app });
    const staying = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    return staying.map((pod) => `${pod.metadata.name} ${pod.metadata.uid} ${restartsOf(pod)}`).sort();
  }

  /** The color that the stable Service selects. */
  async routed(): Promise<string> {
    const service = await this.api.get("Service", stableService);
    return service?.spec?.selector?.["bluegreen/color"] ?? "nothing";
  }

  async record(app: string, attempt: number): Promise<CutoverRecord | undefined> {
    const [journal] = await this.api.list("ConfigMap", { "bluegreen/app": app, "bluegreen/role": "journal" });
    return recordOf(journal?.data ?? {}, attempt);
  }

  async leftBehind(app: string): Promise<string[]> {
    const namespace = await this.api.get("Namespace", this.api.namespace);
    if (namespace === null) return [];
    const kinds = await Promise.all(
      declaredKinds.map(async (kind) => {
        const objects = await this.api.list(kind, { "bluegreen/app": app });
        return objects.map(({ metadata }) => `${kind} ${metadata.name}`);
      }),
    );
    return [`Namespace ${namespace.metadata.name}`, ...kinds.flat()];
  }

  private async freeNodePort(): Promise<number> {
    const services = await this.api.services();
    const taken = services.flatMap(({ spec }) =>
      (spec?.ports ?? []).map((port: { nodePort?: number }) => port.nodePort),
    );
    for (;;) {
      const port = randomInt(nodePorts.first, nodePorts.last + 1);
      if (!taken.includes(port)) return port;
    }
  }
}

function restartsOf({ status }: KubernetesObject): number {
  const containers: readonly { restartCount: number }[] = status?.containerStatuses ?? [];
  return containers.reduce((sum, { restartCount }) => sum + restartCount, 0);
}
