import type { Color } from "@bluegreen/core";
import type { Remains, Workload } from "../contracts/site.ts";
import { EngineBackends } from "./backends.ts";
import { DockerContainer } from "./containers.ts";
import { crashesOf, findContainers } from "./inventory.ts";
import { labels } from "./labels.ts";
import { whyNotStanding } from "./standing.ts";

/** Containers to which nothing leads. */
export class WorkerBackends extends EngineBackends {
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

  override remains(color: Color): Remains {
    // The step before the gates has started a candidate already.
    return { ...super.remains(color), start: async () => false };
  }
}
