import { type Color, perColor } from "@bluegreen/core";
import { frontsOf } from "../app/fronts.ts";
import { portOf, schemeOf } from "../checks/parts/reach.ts";
import { toldOf } from "../checks/parts/told.ts";
import type { Targets } from "../contracts/router.ts";
import type { Site, SiteParts, Tidying } from "../contracts/site.ts";
import { colorOf, dialOf } from "../routers/interpret.ts";
import type { KubernetesClient } from "./client.ts";
import { runJob } from "./job.ts";
import { journalOf } from "./journal.ts";
import { candidateName, type Selector } from "./labels.ts";
import { leasesOf } from "./lease.ts";
import { findLeftovers, hasLeftovers, sweep } from "./leftovers.ts";
import { ClusterLiveAddress } from "./live-address.ts";
import { RoutedBackends } from "./routed-backends.ts";
import { openRouters } from "./routers.ts";
import { DeploymentScaling } from "./scale.ts";
import { targetsOf } from "./targets.ts";

/** An app in one namespace, with a Service or an Ingress as its router. */
export function openRoutedSite(client: KubernetesClient, parts: SiteParts) {
  const { app, versions, reach, workloads } = parts;
  const fronts = frontsOf(parts);
  const all = targetsOf(app, fronts, versions, reach);
  const targets = perColor((color) => (workloads[color].length > 0 ? all[color] : []));
  const backends = new RoutedBackends(client, parts);
  return {
    routing: {
      ...leasesOf(client, app),
      router: openRouters(client, app, fronts, reach),
      targets,
      journal: journalOf(client, app),
    },
    backends,
    scaling: new DeploymentScaling(client, { app, workloads, selectors: backends.selectors }),
    address: new ClusterLiveAddress(client, parts, backends),
    duty: null,
    jobs: {
      run: (job) => runJob(client, app, job),
      runBeside: (live, job) => runJob(client, app, { ...job, env: toldBeside(client, parts, live) }),
    },
    tidying: tidyingOf(client, parts, targets, backends),
  } satisfies Site;
}

/** What a job is told that runs beside the live color. */
function toldBeside({ namespace }: KubernetesClient, parts: SiteParts, live: Color) {
  const { app, router, service, reach, versions } = parts;
  const { name, port } =
    router.kind === "service"
      ? router
      : { name: candidateName(app, live, service), port: portOf(service, reach[live]) };
  const own = reach[live][service];
  return toldOf(`${schemeOf(own, own?.port)}://${name}.${namespace}:${port}`, live, versions[live] ?? "");
}

function tidyingOf(client: KubernetesClient, parts: SiteParts, targets: Targets, backends: RoutedBackends): Tidying {
  /**
   * Recorded Deployments have all the pods that live traffic needs. Others with the same labels, which it also goes to,
   * are too much: state has lost them.
   */
  const isServed = async (live: readonly string[]) => {
    const color = colorOf(live, targets);
    return color !== null && color !== "foreign" && (await backends.whyNotReady(color)) === null;
  };
  return {
    hasLeftovers: () => hasLeftovers(client, parts),
    async sweep(live) {
      const leftovers = await findLeftovers(client, parts);
      if (leftovers.length === 0) return;
      await sweep(client, leftovers, (await isServed(live)) ? [] : await selectorsBehind(client, live));
    },
  };
}

/** The selectors that traffic follows: the routers' own, or those of the Services that they lead to. */
async function selectorsBehind(client: KubernetesClient, live: readonly string[]): Promise<Selector[]> {
  const found = await Promise.all(
    live.map(dialOf).map(async (backend) => {
      if (backend.startsWith("{")) return JSON.parse(backend) as Selector;
      const service = await client.read("Service", backend.slice(0, backend.lastIndexOf(":")));
      return service?.spec.selector;
    }),
  );
  return found.filter((selector) => selector !== undefined);
}
