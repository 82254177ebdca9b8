import { perColor } from "@bluegreen/core";
import type { NoRouterAddress } from "../contracts/addresses.ts";
import type { Site, SiteParts, Tidying } from "../contracts/site.ts";
import { NoRouter } from "../workers/none.ts";
import type { Docker } from "./api.ts";
import { findLeftovers, type RecordedParts, sweep } from "./inventory.ts";
import { leasesOf } from "./lease.ts";
import { ContainerScaling, whyNotStanding } from "./standing.ts";
import { WorkerBackends } from "./worker-backends.ts";
import { DockerWorkers } from "./workers.ts";
import { workersJournal } from "./workers-journal.ts";

/** An app on one Docker host to whose containers nothing leads. */
export function openWorkersSite(docker: Docker, parts: SiteParts, { startMs }: NoRouterAddress): Site {
  const { app, workloads, later } = parts;
  const backends = new WorkerBackends(docker, parts);
  return {
    routing: {
      ...leasesOf(docker, app),
      router: new NoRouter(new DockerWorkers(docker, app)),
      targets: perColor((color) => workloads[color].map(({ name }) => name)),
      journal: workersJournal(docker, app),
    },
    backends,
    scaling: new ContainerScaling(docker, workloads),
    address: null,
    duty: { startMs, whyNotAtWork: (color) => whyNotStanding(docker, workloads[color], true) },
    jobs: null,
    tidying: tidyingOf(docker, app, { containers: backends.recorded, networks: [], later }),
  };
}

function tidyingOf(docker: Docker, app: string, recorded: RecordedParts): Tidying {
  const find = async () => {
    // Which networks were recorded is not told here; one that is too many is in nobody's way, and goes with the app.
    return { ...(await findLeftovers(docker, app, recorded)), networks: [] };
  };
  return {
    hasLeftovers: async () => (await find()).containers.length > 0,
    sweep: async (live) => sweep(docker, await find(), live),
  };
}
