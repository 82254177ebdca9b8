import type { PublishedPort } from "../contracts/addresses.ts";
import type { PortHolder } from "../contracts/platform.ts";
import type { KubernetesClient } from "./client.ts";
import { statusOf } from "./error.ts";
import { labels } from "./labels.ts";
import type { Service } from "./objects.ts";

const of = "of the cluster's nodes";

/**
 * Which Services hold node ports that this app's routers are to have, other than its own. Kubernetes gives each number
 * once in the whole cluster. A deployer who may see one namespace only learns of that one's, and rejects where none of
 * those is the holder: then nothing is known.
 */
export async function portHoldersOf(
  client: KubernetesClient,
  app: string,
  wanted: readonly PublishedPort[],
): Promise<PortHolder[]> {
  // What it holds itself needs no look at what may be thousands of Services.
  const own = (await client.list("Service", { [labels.app]: app })).flatMap(nodePortsOf);
  const fresh = wanted.filter(({ port }) => !own.includes(port));
  if (fresh.length === 0) return [];
  try {
    return heldBy(await client.listEverywhere("Service"), app, fresh);
  } catch (error) {
    if (statusOf(error) !== 403) throw error;
    const held = heldBy(await client.list("Service", {}), app, fresh);
    if (held.length === 0) throw error;
    return held;
  }
}

export function heldBy(services: readonly Service[], app: string, wanted: readonly PublishedPort[]): PortHolder[] {
  const others = services.filter(({ metadata }) => metadata.labels?.[labels.app] !== app);
  return wanted.flatMap((port) => {
    const holder = others.find((one) => nodePortsOf(one).includes(port.port));
    return holder ? [{ ...port, of, holder: describe(holder) }] : [];
  });
}

function nodePortsOf({ spec: { ports = [], healthCheckNodePort } }: Service): number[] {
  return [...ports.map(({ nodePort }) => nodePort), healthCheckNodePort].filter((port) => port !== undefined);
}

function describe({ metadata: { name, namespace, labels: said } }: Service): string {
  const app = said?.[labels.app];
  return `Service ${name} of namespace ${namespace}${app === undefined ? "" : `, which is the app ${app}'s`}`;
}
