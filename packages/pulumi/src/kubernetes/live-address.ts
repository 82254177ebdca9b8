import type { Color, DrainRecord } from "@bluegreen/core";
import { frontsOf } from "../app/fronts.ts";
import type { OpenedUrl } from "../contracts/check.ts";
import type { AdoptedAddress, LiveAddress, SiteParts } from "../contracts/site.ts";
import { openUrl } from "./candidate.ts";
import type { KubernetesClient } from "./client.ts";
import { drain } from "./drain.ts";
import { isOf } from "./pods.ts";
import type { RoutedBackends } from "./routed-backends.ts";
import { giveBack } from "./routers/adopted.ts";
import { selectorsOf } from "./targets.ts";

/** A Service or an Ingress of the cluster. */
export class ClusterLiveAddress implements LiveAddress {
  readonly asker = null;
  readonly container = null;
  readonly adopted: AdoptedAddress | null;
  private readonly client: KubernetesClient;
  private readonly parts: SiteParts;
  private readonly backends: RoutedBackends;

  constructor(client: KubernetesClient, parts: SiteParts, backends: RoutedBackends) {
    this.client = client;
    this.parts = parts;
    this.backends = backends;
    const adopted = frontsOf(parts).flatMap(({ router }) =>
      router.kind === "service" && router.adopted ? router.name : [],
    );
    this.adopted = adopted.length === 0 ? null : { giveBack: () => giveAllBack(client, parts.app, adopted) };
  }

  /** Where users reach it, or where that is only inside the cluster, a port of the deployer that leads to the color. */
  async openUrl(color: Color): Promise<OpenedUrl> {
    const { router, service, reach } = this.parts;
    if ((router.kind === "service" || router.kind === "ingress") && router.url !== "")
      return { url: router.url, close: async () => {} };
    const pods = (await this.backends.running(color)).filter(isOf(service));
    return openUrl(this.client, pods, service, reach[color]);
  }

  async drain(color: Color, withinMs: number, fenced: () => Promise<string | null>): Promise<DrainRecord> {
    const { app, versions } = this.parts;
    const selectors = frontsOf(this.parts).map(({ service }) => selectorsOf(app, service, versions)[color]);
    const tasks = selectors
      .filter((selector) => selector !== null)
      .map((selector) => drain(this.client, { color, selector, withinMs, fenced }));
    return sumOf(color, withinMs, await Promise.all(tasks));
  }
}

async function giveAllBack(client: KubernetesClient, app: string, services: readonly string[]): Promise<string[]> {
  const told = await Promise.all(services.map((name) => giveBack(client, app, name)));
  return told.filter((line) => line !== null);
}

/** What became of the connections to all exposed services. */
function sumOf(color: Color, withinMs: number, records: readonly DrainRecord[]): DrainRecord {
  const sum = (of: (record: DrainRecord) => number) => records.reduce((total, record) => total + of(record), 0);
  return {
    color,
    withinMs,
    ms: Math.max(0, ...records.map(({ ms }) => ms)),
    backends: sum(({ backends }) => backends),
    moved: sum(({ moved }) => moved),
    remaining: records.flatMap(({ remaining }) => remaining),
  };
}
