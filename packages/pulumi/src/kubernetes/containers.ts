import type { Duplex } from "node:stream";
import { inManner, mannerOf, portOf } from "../checks/parts/reach.ts";
import type { ContainerMeasures, Entrance, Restarts, RunningContainer, Usage } from "../contracts/check.ts";
import type { Reaches } from "../contracts/release.ts";
import type { KubernetesClient } from "./client.ts";
import { openExec, runExec } from "./exec.ts";
import { connectPod } from "./forward.ts";
import { labels } from "./labels.ts";
import type { Pod } from "./objects.ts";
import { restartsOf } from "./pods.ts";
import { usageOf } from "./usage.ts";

/** A pod as checks see it. The container that is the service has its name; what others put beside it has not. */
export class PodContainer implements RunningContainer {
  readonly name: string;
  readonly service: string;
  readonly measures: ContainerMeasures = { restarts: () => this.restarts(), usage: () => this.usage() };
  private readonly client: KubernetesClient;
  private readonly container: string;
  private readonly reaches: Reaches;

  constructor(client: KubernetesClient, { metadata, spec }: Pod, reaches: Reaches) {
    this.client = client;
    this.name = metadata.name;
    this.service = metadata.labels?.[labels.service] ?? "";
    this.container = (spec.containers.find(({ name }) => name === this.service) ?? spec.containers[0])?.name ?? "";
    this.reaches = reaches;
  }

  entrance(named?: number): Entrance {
    const port = portOf(this.service, this.reaches, named);
    const { name, service, client } = this;
    const manner = mannerOf(this.reaches[service], port);
    return {
      name,
      service,
      request: (asked) => client.askPod(name, port, inManner(manner, asked)),
      connect: (other, timeoutMs) => connectPod(client, name, other ?? port, timeoutMs),
    };
  }

  exec(command: readonly string[], timeoutMs: number) {
    return runExec(this.client, this.place, command, timeoutMs);
  }

  open(command: readonly string[]): Promise<Duplex> {
    return openExec(this.client, this.place, command);
  }

  logs(sinceMs: number | null): Promise<string> {
    return this.client.logSince(this.name, this.container, sinceMs);
  }

  private async restarts(): Promise<Restarts> {
    const statuses = (await this.read()).status?.containerStatuses ?? [];
    const restarted = statuses.filter(({ restartCount }) => restartCount > 0);
    const ranMs = restarted.map(({ state }) => {
      const startedAt = state?.running?.startedAt;
      return startedAt === undefined ? 0 : Date.now() - Date.parse(startedAt);
    });
    return { count: restartsOf(restarted), lastMs: Math.min(...ranMs) };
  }

  async usage(): Promise<Usage> {
    return usageOf(this.client, await this.read(), this.place);
  }

  private get place() {
    return { pod: this.name, container: this.container };
  }

  private async read(): Promise<Pod> {
    const pod = await this.client.read("Pod", this.name);
    if (!pod) throw new Error(`pod ${this.name} is gone`);
    return pod;
  }
}
