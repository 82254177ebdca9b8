import { type Color, type DrainRecord, type JournalRecord, perColor } from "@bluegreen/core";
import type Docker from "dockerode";
import type { NoRouterAddress } from "../contracts/addresses.ts";
import type { OpenedUrl } from "../contracts/check.ts";
import type { Lease, LeaseWish } from "../contracts/lease.ts";
import type { Router, Targets } from "../contracts/router.ts";
import type { Duty, Remains, Scaling, Site, SiteParts, Workload } from "../contracts/site.ts";
import { takeLease } from "../lease.ts";
import { NoRouter } from "../router/none.ts";
import { DockerContainer } from "./containers.ts";
import { EngineSite } from "./engine-site.ts";
import { crashesOf, findContainers, findLeftovers, sweep } from "./inventory.ts";
import { labels } from "./labels.ts";
import { DockerLeases } from "./lease.ts";
import { ContainerScaling, whyNotStanding } from "./standing.ts";
import { DockerWorkers } from "./workers.ts";
import { keepWorkersRecord } from "./workers-journal.ts";

/** An app on one Docker host to whose containers nothing leads. */
export class DockerWorkersSite extends EngineSite implements Site {
  readonly router: Router;
  readonly targets: Targets;
  readonly scaling: Scaling;
  readonly duty: Duty;

  constructor(docker: Docker, parts: SiteParts, { startMs }: NoRouterAddress) {
    super(docker, parts);
    this.router = new NoRouter(new DockerWorkers(docker, parts.app));
    this.targets = perColor((color) => parts.workloads[color].map(({ name }) => name));
    this.scaling = new ContainerScaling(docker, parts.workloads);
    this.duty = { startMs, whyNotAtWork: (color) => whyNotStanding(docker, parts.workloads[color], true) };
  }

  takeLease(wish: LeaseWish): Promise<Lease | { readonly heldBy: string }> {
    return takeLease(new DockerLeases(this.docker, { app: this.parts.app, attempt: wish.attempt }), wish);
  }

  /** All of the color is there; what is not exclusive runs and is ready. */
  whyNotReady(color: Color): Promise<string | null> {
    return whyNotStanding(this.docker, this.parts.workloads[color], false);
  }

  /** Of what runs: what is started again later begins to count anew. */
  async crashes(color: Color): Promise<string[]> {
    const found = await findContainers(this.docker, this.parts.app, "backend", { [labels.color]: color });
    const runs = (one: Workload) => found.some(({ id, state }) => id === one.id && state !== "exited");
    return crashesOf(this.docker, this.parts.workloads[color].filter(runs));
  }

  async containers(color: Color): Promise<DockerContainer[]> {
    const reaches = this.parts.reach[color];
    return (await this.running(color)).map((one) => new DockerContainer(this.docker, one, reaches, null));
  }

  /** There is none. */
  async wakeRouter(): Promise<void> {}

  async close(): Promise<void> {}

  async openUrl(): Promise<OpenedUrl> {
    return { url: "", close: async () => {} };
  }

  async hasLeftovers(): Promise<boolean> {
    return (await this.findLeftovers()).containers.length > 0;
  }

  async sweep(live: readonly string[]): Promise<void> {
    await sweep(this.docker, await this.findLeftovers(), live);
  }

  async drain(color: Color, withinMs: number): Promise<DrainRecord> {
    return { color, withinMs, ms: 0, backends: 0, moved: 0, remaining: [] };
  }

  override remains(color: Color): Remains {
    // The step before the gates has started a candidate already.
    return { ...super.remains(color), start: async () => false };
  }

  keepJournal(record: JournalRecord): Promise<void> {
    return keepWorkersRecord(this.docker, this.parts.app, record);
  }

  private async findLeftovers() {
    const recorded = { containers: this.recordedIds, networks: [], later: this.parts.later };
    const leftovers = await findLeftovers(this.docker, this.parts.app, recorded);
    // Which networks were recorded is not told here; one that is too many is in nobody's way, and goes with the app.
    return { ...leftovers, networks: [] };
  }
}
