import { type Color, type DrainRecord, type PerColor, perColor } from "@bluegreen/core";
import type { Front, RouterAddress } from "../contracts/addresses.ts";
import type { OpenedUrl } from "../contracts/check.ts";
import type { JobResult, JobWish } from "../contracts/job.ts";
import type { Reaches, Versions } from "../contracts/release.ts";
import type { Router, Targets } from "../contracts/router.ts";
import type { Site, SiteParts } from "../contracts/site.ts";
import { frontsOf } from "../fronts.ts";
import { toldOf } from "../gate/told.ts";
import { portOf } from "../reach.ts";
import { giveBack } from "../router/adopted.ts";
import { GroupRouter } from "../router/group.ts";
import { IngressRouter, serviceTargets } from "../router/ingress.ts";
import { ServiceRouter } from "../router/service.ts";
import { behind, colorOf, dialOf } from "../router.ts";
import { openUrl } from "./candidate.ts";
import type { KubernetesClient } from "./client.ts";
import { drain } from "./drain.ts";
import { runJob } from "./job.ts";
import { candidateName, type Selector, selectorOf, selectorText } from "./labels.ts";
import { sweep } from "./leftovers.ts";
import { NamespaceSite } from "./namespace-site.ts";
import { identityOf, isOf } from "./pods.ts";
import { whyNotReady } from "./ready.ts";

/** An app in one namespace, with a Service or an Ingress as its router. */
export class KubernetesSite extends NamespaceSite implements Site {
  readonly router: Router;
  readonly targets: Targets;
  readonly duty = null;
  private readonly fronts: readonly [Front, ...Front[]];

  constructor(client: KubernetesClient, parts: SiteParts) {
    super(client, parts);
    const { app, versions, reach, workloads } = parts;
    this.fronts = frontsOf(parts);
    this.router = openRouters(client, app, this.fronts, reach);
    const targets = targetsOf(app, this.fronts, versions, reach);
    this.targets = perColor((color) => (workloads[color].length > 0 ? targets[color] : []));
  }

  /** A pod that came or was restarted after the gates is another one: they have not seen it. */
  async subjects(color: Color): Promise<string[]> {
    return (await this.runningPods(color)).map(identityOf);
  }

  /** Where users reach it, or where that is only inside the cluster, a port of the deployer that leads to the color. */
  async openUrl(color: Color): Promise<OpenedUrl> {
    const { router, service, reach } = this.parts;
    if ((router.kind === "service" || router.kind === "ingress") && router.url !== "")
      return { url: router.url, close: async () => {} };
    return openUrl(this.client, (await this.runningPods(color)).filter(isOf(service)), portOf(service, reach[color]));
  }

  runJob(live: Color, job: Omit<JobWish, "env">): Promise<JobResult> {
    const { app, router, service, reach, versions } = this.parts;
    const { namespace } = this.client;
    const { name, port } =
      router.kind === "service"
        ? router
        : { name: candidateName(app, live, service), port: portOf(service, reach[live]) };
    const env = toldOf(`http://${name}.${namespace}:${port}`, live, versions[live] ?? "");
    return runJob(this.client, app, { ...job, env });
  }

  async whyNotReady(color: Color): Promise<string | null> {
    const { app, versions, reach: all, workloads } = this.parts;
    for (const { service } of this.fronts) {
      const selector = selectorsOf(app, service, versions)[color];
      const reach = all[color][service];
      if (!selector) return "it has no release";
      if (!reach) return `its release has no ${service} that listens`;
      const candidate = candidateName(app, color, service);
      const wanted = { workloads: workloads[color], selector, candidate, service, reach };
      const reason = await whyNotReady(this.client, wanted);
      if (reason !== null) return reason;
    }
    return null;
  }

  async giveBack(): Promise<string[]> {
    const adopted = this.fronts.flatMap(({ router }) =>
      router.kind === "service" && router.adopted ? router.name : [],
    );
    const told = await Promise.all(adopted.map((name) => giveBack(this.client, this.parts.app, name)));
    return told.filter((line) => line !== null);
  }

  async sweep(live: readonly string[]): Promise<void> {
    const leftovers = await this.findLeftovers();
    if (leftovers.length === 0) return;
    await sweep(this.client, leftovers, (await this.isServed(live)) ? [] : await this.selectorsBehind(live));
  }

  /**
   * Recorded Deployments have all the pods that live traffic needs. Others with the same labels, which it also goes to,
   * are too much: state has lost them.
   */
  private async isServed(live: readonly string[]): Promise<boolean> {
    const color = colorOf(live, this.targets);
    return color !== null && color !== "foreign" && (await this.whyNotReady(color)) === null;
  }

  async drain(color: Color, withinMs: number, fenced: () => Promise<string | null>): Promise<DrainRecord> {
    const { app, versions } = this.parts;
    const selectors = this.fronts.map(({ service }) => selectorsOf(app, service, versions)[color]);
    const tasks = selectors
      .filter((selector) => selector !== null)
      .map((selector) => drain(this.client, { color, selector, withinMs, fenced }));
    return sumOf(color, withinMs, await Promise.all(tasks));
  }

  /** The selectors that traffic follows: the routers' own, or those of the Services that they lead to. */
  private async selectorsBehind(live: readonly string[]): Promise<Selector[]> {
    const found = await Promise.all(
      live.map(dialOf).map(async (backend) => {
        if (backend.startsWith("{")) return JSON.parse(backend) as Selector;
        const service = await this.client.read("Service", backend.slice(0, backend.lastIndexOf(":")));
        return service?.spec.selector;
      }),
    );
    return found.filter((selector) => selector !== undefined);
  }
}

/** The app's one router, or all of them as one. */
export function openRouters(
  client: KubernetesClient,
  app: string,
  fronts: readonly [Front, ...Front[]],
  reach: PerColor<Reaches>,
): Router {
  const routers = fronts.map((front) => openRouter(client, app, front, reach));
  const parts = fronts.map(({ router, service }, index) => {
    return { service, name: nameOf(router), router: routers[index] as Router };
  });
  return routers.length === 1 ? (routers[0] as Router) : new GroupRouter(parts);
}

function nameOf(router: RouterAddress): string {
  if (router.kind === "caddy") throw new TypeError("a caddy router does not run on Kubernetes");
  return `${router.kind === "ingress" ? "Ingress" : "Service"} ${router.name}`;
}

function openRouter(
  client: KubernetesClient,
  app: string,
  { router, service }: Front,
  reach: PerColor<Reaches>,
): Router {
  switch (router.kind) {
    case "service":
      return new ServiceRouter(client, app, router);
    case "ingress":
      return new IngressRouter(client, app, router, serviceTargets(app, service, reach));
    case "caddy":
      throw new TypeError("a caddy router does not run on Kubernetes");
    case "none":
      throw new TypeError("nothing is routed to an app without a live address");
    default:
      return router satisfies never;
  }
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

function selectorsOf(app: string, service: string, versions: Versions): PerColor<Selector | null> {
  return perColor((color) => {
    const version = versions[color];
    return version === undefined ? null : selectorOf({ app, color, version, service });
  });
}

/** What each color with a release is to the routers: its selectors, or the names of its own Services. */
export function targetsOf(
  app: string,
  fronts: readonly Front[],
  versions: Versions,
  reach: PerColor<Reaches>,
): Targets {
  return perColor((color) =>
    fronts.flatMap((front) => {
      const target = targetOf(app, color, front, versions, reach);
      return fronts.length === 1 ? target : behind(front.service, target);
    }),
  );
}

function targetOf(
  app: string,
  color: Color,
  { router, service }: Front,
  versions: Versions,
  reach: PerColor<Reaches>,
): readonly string[] {
  const selector = selectorsOf(app, service, versions)[color];
  if (!selector) return [];
  return router.kind === "ingress" ? serviceTargets(app, service, reach)[color] : [selectorText(selector)];
}
