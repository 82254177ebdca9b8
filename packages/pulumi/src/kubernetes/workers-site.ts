import { perColor } from "@bluegreen/core";
import { toldOf } from "../checks/parts/told.ts";
import type { NoRouterAddress } from "../contracts/addresses.ts";
import type { Site, SiteParts, Tidying } from "../contracts/site.ts";
import { NoRouter } from "../workers/none.ts";
import type { KubernetesClient } from "./client.ts";
import { runJob } from "./job.ts";
import { journalOf } from "./journal.ts";
import { leasesOf } from "./lease.ts";
import { findLeftovers, hasLeftovers, sweep } from "./leftovers.ts";
import { DeploymentScaling } from "./scale.ts";
import { WorkerBackends } from "./worker-backends.ts";
import { KubernetesWorkers } from "./workers.ts";

/** An app in one namespace to whose pods nothing leads. */
export function openWorkersSite(client: KubernetesClient, parts: SiteParts, { name, startMs }: NoRouterAddress): Site {
  const { app, versions, workloads } = parts;
  const backends = new WorkerBackends(client, parts);
  return {
    routing: {
      ...leasesOf(client, app),
      router: new NoRouter(new KubernetesWorkers(client, { app, name })),
      targets: perColor((color) => workloads[color].map((one) => one.name)),
      journal: journalOf(client, app),
    },
    backends,
    scaling: new DeploymentScaling(client, { app, workloads, selectors: backends.selectors }),
    address: null,
    duty: { startMs, whyNotAtWork: (color) => backends.whyNotStanding(color, true) },
    jobs: {
      run: (job) => runJob(client, app, job),
      runBeside: (live, job) => runJob(client, app, { ...job, env: toldOf("", live, versions[live] ?? "") }),
    },
    tidying: tidyingOf(client, parts),
  };
}

function tidyingOf(client: KubernetesClient, parts: SiteParts): Tidying {
  return {
    hasLeftovers: () => hasLeftovers(client, parts),
    async sweep(live) {
      const leftovers = await findLeftovers(client, parts);
      const spared = leftovers.filter(({ metadata }) => live.includes(metadata.name));
      const gone = leftovers.filter((one) => !spared.includes(one));
      await sweep(
        client,
        gone,
        spared.map(({ pods }) => pods ?? {}),
      );
    },
  };
}
