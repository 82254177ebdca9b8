import type { Sight } from "@bluegreen/core";
import type { KubernetesAddress, Platform, Query, RouterAddress } from "../platform.ts";
import { reasonOf } from "../reason.ts";
import { recordOf } from "../router/recorded-object.ts";
import { findCandidate } from "./candidate.ts";
import { connectKubernetes, type KubernetesClient } from "./client.ts";
import { labels } from "./labels.ts";
import { readUnfinished } from "./lease.ts";
import { removeEverything } from "./leftovers.ts";
import { KubernetesSite, openRouter, targetsOf } from "./site.ts";

/** A namespace of a Kubernetes cluster. */
export function kubernetesPlatform(address: KubernetesAddress): Platform {
  let connected: Promise<KubernetesClient> | null = null;
  const connect = () => {
    connected ??= connectKubernetes(address);
    return connected;
  };
  return {
    look: (query) => look(connect, query),
    // What a killed run left has names of its own, and nobody goes there: the cutover sweeps it.
    makeRoom: async () => {},
    openSite: async (parts) => new KubernetesSite(await connect(), parts),
    findCandidate: async (task) => findCandidate(await connect(), task),
    removeLeftovers: async (app) => removeEverything(await connect(), app),
  };
}

async function look(connect: () => Promise<KubernetesClient>, query: Query): Promise<Sight> {
  const { app, exposed, versions, routerName: name, router: kind, adopt } = query;
  try {
    const client = await connect();
    const object = kind === "ingress" ? "Ingress" : "Service";
    const [found, unfinished] = await Promise.all([client.read(object, name), readUnfinished(client, app)]);
    if (!found) return { kind: "absent" };
    const made = found.metadata.labels?.[labels.app];
    // One that was adopted has no label of ours, but once it was switched it has a record.
    const owner = made ?? recordOf(found.metadata)?.app ?? null;
    if (owner !== null && owner !== app) return { kind: "occupied", what: `${object} ${name}`, by: owner };
    if (made === undefined && !adopt) return { kind: "occupied", what: `${object} ${name}`, by: null };
    const router = openRouter(client, app, exposed, addressOf(kind, name, exposed.port));
    const { observation } = await router.observe(targetsOf(kind, app, exposed, versions));
    return { kind: "seen", observation, unfinished };
  } catch (error) {
    return { kind: "unreachable", reason: reasonOf(error) };
  }
}

/** Enough of an address to see where traffic goes. */
function addressOf(kind: RouterAddress["kind"], name: string, port: number): RouterAddress {
  if (kind === "ingress") return { kind, name, rules: [], url: "" };
  return { kind: "service", name, port, url: "" };
}
