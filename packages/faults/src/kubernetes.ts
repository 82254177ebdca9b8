import { execFile } from "node:child_process";
import { randomInt } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Color, RouterRecord } from "@bluegreen/core";
import { ClusterApi, type KubernetesObject } from "@bluegreen/testkit/cluster/api";
import { KubeConfig } from "@kubernetes/client-node";
import { ApiPath } from "./api-path.ts";
import type { Front, Ground } from "./ground.ts";

const execute = promisify(execFile);
const nodePorts = { first: 30_000, last: 32_767 };
const appPort = 8080;
/** A ConfigMap holds 1 MiB, and no byte more. */
const configMapLimit = 1 << 20;
/** The port of tcpmux, a service of 1988. */
const closed = "127.0.0.1:1";
const filler = "filler";

/** The bed's own cluster, with a Service as the router. Its node is this machine, which some faults need. */
export class KubernetesGround implements Ground {
  readonly platform = "kubernetes";
  readonly newConnectionsOnly = true;
  readonly settings: object;
  readonly api: ApiPath;
  readonly env: Record<string, string>;
  private readonly cluster: ClusterApi;
  private readonly folder: string;
  /** Node ports of the live addresses. */
  private readonly livePorts: number[] = [];
  /** Rules of ours in the kernel. */
  private readonly rules: { readonly table: string; readonly rule: readonly string[] }[] = [];
  private app = "";

  private constructor(of: { api: ApiPath; cluster: ClusterApi; folder: string }) {
    this.api = of.api;
    this.cluster = of.cluster;
    this.folder = of.folder;
    this.env = { KUBECONFIG: join(of.folder, "kubeconfig") };
    const { namespace } = of.cluster;
    this.settings = { kind: "kubernetes", namespace, createNamespace: true, startWithin: "60s" };
  }

  static async open(): Promise<KubernetesGround> {
    if (!process.env.BLUEGREEN_CONTAINERD) {
      throw new Error(
        "faults strike this machine as a node: unset BLUEGREEN_KUBECONFIG, so that the bed's cluster is used",
      );
    }
    const cluster = new ClusterApi(`faults-${randomInt(0x1000, 0x10000).toString(16)}`);
    const config = new KubeConfig();
    config.loadFromFile(process.env.BLUEGREEN_KUBECONFIG ?? "");
    const server = new URL(config.getCurrentCluster()?.server ?? "");
    const api = await ApiPath.toAddress(server.hostname, Number(server.port));
    const folder = await mkdtemp(join(tmpdir(), "bluegreen-faults-"));
    const text = readFileSync(process.env.BLUEGREEN_KUBECONFIG ?? "", "utf8");
    const kubeconfig = text.replaceAll(server.origin, `https://127.0.0.1:${api.port}`);
    await writeFile(join(folder, "kubeconfig"), kubeconfig, { mode: 0o600 });
    return new KubernetesGround({ api, cluster, folder });
  }

  async front(service: string): Promise<Front> {
    const name = `shop-${service}`;
    const nodePort = await freeNodePort(this.cluster, this.livePorts);
    this.livePorts.push(nodePort);
    const url = `http://127.0.0.1:${nodePort}`;
    const ports = [{ port: 80, nodePort }];
    return { url, router: { kind: "service", expose: service, name, type: "NodePort", ports, url } };
  }

  found(app: string): void {
    this.app = app;
  }

  /** On each stable Service, or on a ConfigMap. */
  async records(): Promise<RouterRecord[]> {
    const [services, maps] = await Promise.all([
      this.cluster.list("Service", this.labels()),
      this.cluster.list("ConfigMap", this.labels()),
    ]);
    return [...services, ...maps].flatMap(({ metadata: { annotations = {} } }) => {
      const { "bluegreen/record": routed, "bluegreen/kept": kept } = annotations;
      if (kept !== undefined) return [(JSON.parse(kept) as { readonly record: RouterRecord }).record];
      return routed === undefined ? [] : [JSON.parse(routed) as RouterRecord];
    });
  }

  async leases(): Promise<string[]> {
    return (await this.cluster.list("Lease", this.labels())).map(({ metadata }) => metadata.name);
  }

  async running(): Promise<string[]> {
    const pods = await this.cluster.list("Pod", this.labels({ role: "backend" }));
    return pods.map(({ metadata }) => metadata.labels?.["bluegreen/color"] ?? "");
  }

  /** The address of the color's own Service: kube-proxy's rules hold on the node, too. */
  async colorUrl(color: Color, service: string): Promise<string> {
    const labels = this.labels({ role: "candidate", color, service });
    const [found] = await this.cluster.list("Service", labels);
    return `http://${found?.spec.clusterIP}:${found?.spec.ports[0].port}`;
  }

  async crash(color: Color): Promise<void> {
    for (const pid of await this.processes(color)) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // A container's other processes end with its first one.
      }
    }
  }

  async freeze(color: Color): Promise<void> {
    for (const pid of await this.processes(color)) process.kill(pid, "SIGSTOP");
  }

  async thaw(color: Color): Promise<void> {
    for (const pid of await this.processes(color)) process.kill(pid, "SIGCONT");
  }

  async isolate(color: Color): Promise<void> {
    for (const { status } of await this.pods(color)) {
      await this.block(["-d", status.podIP, "-p", "tcp", "--dport", String(appPort), "-j", "DROP"]);
    }
  }

  async reconnect(): Promise<void> {
    await this.unblock();
  }

  /** The node ports lead to one that nobody listens on: who asks is refused. */
  async stopRouter(): Promise<void> {
    for (const port of this.livePorts) {
      const asked = ["-p", "tcp", "-d", "127.0.0.0/8", "--dport", String(port)];
      await this.block([...asked, "-j", "DNAT", "--to-destination", closed], "nat");
    }
  }

  async startRouter(): Promise<void> {
    await this.unblock();
  }

  /** The journal's ConfigMap is as large as one may be. */
  async fillJournal(): Promise<void> {
    const journal = await this.journal();
    const size = Object.values<string>(journal.data).reduce((sum, { length }) => sum + length, 0);
    const data = { [filler]: "x".repeat(configMapLimit - size) };
    await this.cluster.patch("ConfigMap", journal.metadata.name, { data });
  }

  async emptyJournal(): Promise<void> {
    await this.cluster.patch("ConfigMap", (await this.journal()).metadata.name, { data: { [filler]: null } });
  }

  async mend(): Promise<void> {
    this.api.be("open");
    await this.unblock();
  }

  async close(): Promise<void> {
    await this.cluster.remove("Namespace", this.cluster.namespace);
    await this.api.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Of this machine's processes those in the color's pods. */
  private async processes(color: Color): Promise<number[]> {
    const names = (await this.pods(color)).map(({ metadata }) => metadata.name);
    const found = readdirSync("/proc").filter((name) => {
      if (!/^\d+$/.test(name)) return false;
      try {
        const environment = readFileSync(`/proc/${name}/environ`, "latin1").split("\0");
        return names.some((pod) => environment.includes(`HOSTNAME=${pod}`));
      } catch {
        return false;
      }
    });
    if (found.length === 0) throw new Error(`no process of ${color}'s pods ${names.join(", ")} is on this machine`);
    return found.map(Number);
  }

  private async pods(color: Color): Promise<KubernetesObject[]> {
    const all = await this.cluster.list("Pod", this.labels({ role: "backend", color }));
    return all.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  }

  private async journal(): Promise<KubernetesObject> {
    const [journal] = await this.cluster.list("ConfigMap", this.labels({ role: "journal" }));
    if (!journal) throw new Error("there is no journal yet");
    return journal;
  }

  private async block(rule: readonly string[], table = "filter"): Promise<void> {
    this.rules.push({ table, rule });
    await execute("iptables", ["-w", "-t", table, "-I", "OUTPUT", "1", ...rule]);
  }

  private async unblock(): Promise<void> {
    for (const { table, rule } of this.rules.splice(0)) {
      await execute("iptables", ["-w", "-t", table, "-D", "OUTPUT", ...rule]);
    }
  }

  private labels(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    const all = Object.entries({ app: this.app, ...more });
    return Object.fromEntries(all.map(([key, value]) => [`bluegreen/${key}`, value]));
  }
}

async function freeNodePort(cluster: ClusterApi, reserved: readonly number[]): Promise<number> {
  const services = await cluster.services();
  const taken = services.flatMap(({ spec }) => (spec?.ports ?? []).map((port: { nodePort?: number }) => port.nodePort));
  for (;;) {
    const port = randomInt(nodePorts.first, nodePorts.last + 1);
    if (![...taken, ...reserved].includes(port)) return port;
  }
}
