import type { KubernetesClient } from "../client.ts";
import { KubernetesError } from "../error.ts";
import { adoptedAnnotation, exposedPort, fieldManager, recordAnnotation, type Selector } from "../labels.ts";
import type { Meta, Service, ServicePort } from "../objects.ts";
import { findPods } from "../pods.ts";

/** What of a Service that someone else made is written while it is this app's, as it was before. */
export interface Adopted {
  readonly selector?: Selector | undefined;
  /** The Service's port that leads to the exposed service. */
  readonly port: number;
  readonly targetPort?: number | string | undefined;
}

/** The Service may be changed for another reason while it is given back. */
const tries = 5;

/** What an adopted Service had, by its own note, or what one has that is to be adopted. */
export function adoptedOf({ metadata, spec }: Service, port: number): Adopted {
  const noted = notedOf(metadata);
  if (noted) return noted;
  return { selector: spec.selector, port, targetPort: portOf(spec.ports, port)?.targetPort };
}

/** Its port as the cutover writes it: to the pods of a color by their name for it, to others by what it was. */
export function adoptedPort({ port, targetPort }: Adopted, ours: boolean): ServicePort {
  return { port, protocol: "TCP", targetPort: ours ? exposedPort : (targetPort ?? port) };
}

/** Whether its port leads where the cutover has written it to. */
export function leadsToColors({ spec }: Service, port: number): boolean {
  return portOf(spec.ports, port)?.targetPort === exposedPort;
}

/**
 * Gives an adopted Service what it had before, and takes the record from it. Returns what a person should know of it, or
 * `null`. One that is gone, or was never written to, has all that it had.
 */
export async function giveBack(client: KubernetesClient, app: string, name: string): Promise<string | null> {
  for (let left = tries; ; left--) {
    const service = await client.read("Service", name);
    const noted = service && notedOf(service.metadata);
    if (!service || !noted) return null;
    try {
      await client.patch("Service", name, restored(service, noted), fieldManager(app));
      return whyLeadsNowhere(client, name, noted.selector);
    } catch (error) {
      if (!(error instanceof KubernetesError) || error.status !== 409 || left === 0) throw error;
    }
  }
}

function restored({ metadata: { uid, resourceVersion }, spec }: Service, { selector, port, targetPort }: Adopted) {
  // A merge patch keeps the keys that it does not name.
  const dropped = Object.fromEntries(Object.keys(spec.selector ?? {}).map((key) => [key, null]));
  const ports = (spec.ports ?? []).map((one) => {
    return one === portOf(spec.ports, port) ? { ...one, targetPort: targetPort ?? port } : one;
  });
  const annotations = { [recordAnnotation]: null, [adoptedAnnotation]: null };
  return { metadata: { uid, resourceVersion, annotations }, spec: { selector: { ...dropped, ...selector }, ports } };
}

async function whyLeadsNowhere(client: KubernetesClient, name: string, selector: Selector = {}) {
  if (Object.keys(selector).length === 0) return `Service ${name} has no selector again, as before it was adopted`;
  if ((await findPods(client, selector)).length > 0) return null;
  const text = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
  return `Service ${name} has its selector back (${text.join(",")}), and no pod is there any more that has these labels`;
}

function portOf(ports: readonly ServicePort[] = [], port: number): ServicePort | undefined {
  return ports.find((one) => one.port === port && (one.protocol ?? "TCP") === "TCP");
}

function notedOf({ annotations }: Meta): Adopted | null {
  const text = annotations?.[adoptedAnnotation];
  return text === undefined ? null : (JSON.parse(text) as Adopted);
}
