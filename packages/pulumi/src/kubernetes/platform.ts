import { hasAddress, type Observation, perColor, type Sight, strangeImages } from "@bluegreen/core";
import type { KubernetesAddress, RouterAddress } from "../contracts/addresses.ts";
import type { Platform, Query } from "../contracts/platform.ts";
import type { Site, SiteParts } from "../contracts/site.ts";
import { reasonOf } from "../io/reason.ts";
import { NoRouter } from "../workers/none.ts";
import { findCandidate } from "./candidate.ts";
import { tenancyOf } from "./capacity.ts";
import { connectKubernetes, type KubernetesClient } from "./client.ts";
import { journalOf } from "./journal.ts";
import { labels, liveName, selectorOf } from "./labels.ts";
import { readUnfinished } from "./lease.ts";
import { removeEverything } from "./leftovers.ts";
import type { Service } from "./objects.ts";
import { findPods, imagesOf, isRunning, releaseSelector } from "./pods.ts";
import { portHoldersOf } from "./ports.ts";
import { recordOf } from "./routers/recorded-object.ts";
import { openRouters } from "./routers.ts";
import { openRoutedSite } from "./site.ts";
import { namesakesOf, releaseFields, standingOf } from "./taken-over.ts";
import { targetsOf } from "./targets.ts";
import { KubernetesWorkers } from "./workers.ts";
import { openWorkersSite } from "./workers-site.ts";

/** A namespace of a Kubernetes cluster. */
export function kubernetesPlatform(address: KubernetesAddress): Platform {
  let connected: Promise<KubernetesClient> | null = null;
  const connect = () => {
    connected ??= connectKubernetes(address);
    return connected;
  };
  return {
    view: {
      look: (query) => look(connect, query),
      journal: async (app) => journalOf(await connect(), app).read(),
      tenancy: async (app) => tenancyOf(await connect(), app),
      portHolders: async (app, ports) => portHoldersOf(await connect(), app, ports),
    },
    takeOver: {
      standing: async (app, versions) => standingOf(await connect(), app, versions),
      namesakes: async (name) => namesakesOf(await connect(), name),
      claims: { release: async (app) => releaseFields(await connect(), app) },
    },
    // What a killed run left has names of its own, and nobody goes there: the cutover sweeps it.
    parts: null,
    openSite: async (parts) => openSite(await connect(), parts),
    findCandidate: async (task) => findCandidate(await connect(), task),
    removeLeftovers: async (app) => removeEverything(await connect(), app),
  };
}

function openSite(client: KubernetesClient, parts: SiteParts): Site {
  const { router } = parts;
  return hasAddress(router) ? openRoutedSite(client, parts) : openWorkersSite(client, parts, router);
}

async function look(connect: () => Promise<KubernetesClient>, query: Query): Promise<Sight> {
  const { app, fronts, versions, reach } = query;
  const sought = fronts.map(({ router, service }, index) => {
    const kind = objects[router.kind];
    const name = router.name || liveName(app, index === 0 ? null : service);
    return { kind, name, adopt: router.adopt, port: router.port, router: addressOf(router.kind, name), service };
  });
  try {
    const client = await connect();
    const [objects, unfinished] = await Promise.all([
      Promise.all(sought.map(({ kind, name }) => client.read(kind, name))),
      readUnfinished(client, app),
    ]);
    for (const [index, { kind, name, adopt, port }] of sought.entries()) {
      const found = objects[index];
      if (!found) continue;
      const made = found.metadata.labels?.[labels.app];
      // One that was adopted has no label of ours, but once it was switched it has a record.
      const owner = made ?? recordOf(found.metadata)?.app ?? null;
      if (owner !== null && owner !== app) return { kind: "occupied", what: `${kind} ${name}`, by: owner };
      if (made === undefined && !adopt) return { kind: "occupied", what: `${kind} ${name}`, by: null };
      const unfit = made === undefined && owner === null ? whyUnfit(found as Service, port) : null;
      if (unfit !== null) return { kind: "unfit", what: `${kind} ${name}`, ...unfit };
    }
    const [first, ...others] = sought.filter((_, index) => objects[index]);
    if (!first) return { kind: "absent" };
    if (first.kind === "ConfigMap") {
      return { kind: "seen", observation: await observeWorkers(client, app, first.name), unfinished };
    }
    const all = [first, ...others] as const;
    const router = openRouters(client, app, all, reach);
    const { observation } = await router.observe(targetsOf(app, all, versions, reach));
    const strange = await strangeOf(client, app, observation).catch(() => []);
    return { kind: "seen", observation, unfinished, ...(strange.length > 0 ? { strange } : {}) };
  } catch (error) {
    return { kind: "unreachable", reason: reasonOf(error) };
  }
}

/** What the live color runs that nobody has verified: a tag was moved, and pods of it were made anew. */
async function strangeOf(client: KubernetesClient, app: string, { color, record }: Observation): Promise<string[]> {
  const verified = color === null || color === "foreign" ? undefined : record?.images?.[color];
  if (!verified || color === null || color === "foreign" || record?.active !== color) return [];
  const selector = selectorOf({ app, color, version: record.release ?? "", service: "" });
  return strangeImages(verified, imagesOf((await findPods(client, releaseSelector(selector))).filter(isRunning)));
}

/** What holds the record, and where there is one the field that routes. */
const objects = { caddy: "Service", service: "Service", ingress: "Ingress", none: "ConfigMap" } as const;

async function observeWorkers(client: KubernetesClient, app: string, name: string): Promise<Observation> {
  const deployments = await client.list("Deployment", { [labels.app]: app, [labels.role]: "backend" });
  const targets = perColor((color) =>
    deployments
      .filter(({ metadata }) => metadata.labels?.[labels.color] === color)
      .map(({ metadata }) => metadata.name),
  );
  return (await new NoRouter(new KubernetesWorkers(client, { app, name })).observe(targets)).observation;
}

/** Why a Service that is to be adopted can't be. */
function whyUnfit({ spec: { ports = [] } }: Service, named: number | undefined) {
  const has = `it has ${ports.map(({ port, protocol = "TCP" }) => `${port} (${protocol})`).join(", ") || "none"}`;
  const tcp = ports.filter(({ protocol = "TCP" }) => protocol === "TCP");
  if (named !== undefined) {
    return tcp.some(({ port }) => port === named) ? null : { problem: `has no TCP port ${named}; ${has}` };
  }
  // The first one is used.
  return ports[0] && tcp.includes(ports[0]) && ports.length === 1
    ? null
    : { problem: `has not one TCP port alone; ${has}` };
}

/** Enough of an address to see where traffic goes. */
function addressOf(kind: RouterAddress["kind"], name: string): RouterAddress {
  if (kind === "ingress") return { kind, name, rules: [], url: "" };
  return { kind: "service", name, port: 0, url: "" };
}
