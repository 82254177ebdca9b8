import { type Color, type CutoverRecord, type DrainRecord, type PerColor, perColor } from "@bluegreen/core";
import { type Lease, type LeaseWish, takeLease } from "../lease.ts";
import type { Exposed, RouterAddress, Scaling, Site, SiteParts, Versions } from "../platform.ts";
import { IngressRouter, targetOf } from "../router/ingress.ts";
import { ServiceRouter } from "../router/service.ts";
import type { Router, Targets } from "../router.ts";
import type { KubernetesClient } from "./client.ts";
import { drain } from "./drain.ts";
import { keepJournal } from "./journal.ts";
import { candidateName, type Selector, selectorOf, selectorText } from "./labels.ts";
import { KubernetesLeases, readUnfinished } from "./lease.ts";
import { findLeftovers, sweep } from "./leftovers.ts";
import { crashesOf, findPods, identityOf, isRunning, releaseSelector } from "./pods.ts";
import { whyNotReady } from "./ready.ts";
import { DeploymentScaling } from "./scale.ts";

/** An app in one namespace, with a Service or an Ingress as its router. */
export class KubernetesSite implements Site {
  readonly router: Router;
  readonly targets: Targets;
  readonly scaling: Scaling;
  private readonly client: KubernetesClient;
  private readonly parts: SiteParts;
  private readonly selectors: PerColor<Selector | null>;

  constructor(client: KubernetesClient, parts: SiteParts) {
    const { app, router, exposed, versions, workloads } = parts;
    this.client = client;
    this.parts = parts;
    this.router = openRouter(client, app, exposed, router);
    this.selectors = selectorsOf(app, exposed, versions);
    const targets = targetsOf(router.kind, app, exposed, versions);
    this.targets = perColor((color) => (workloads[color].length > 0 ? targets[color] : []));
    this.scaling = new DeploymentScaling(client, { app, workloads, selectors: this.selectors });
  }

  takeLease(wish: LeaseWish): Promise<Lease | { readonly heldBy: string }> {
    const { app } = this.parts;
    return takeLease(new KubernetesLeases(this.client, { app, attempt: wish.attempt }), wish);
  }

  readUnfinished() {
    return readUnfinished(this.client, this.parts.app);
  }

  /** A pod that came or was restarted after the gates is another one: they have not seen it. */
  async subjects(color: Color): Promise<string[]> {
    const selector = this.selectors[color];
    if (!selector) return [];
    return (await findPods(this.client, releaseSelector(selector))).filter(isRunning).map(identityOf);
  }

  async crashes(color: Color): Promise<string[]> {
    const selector = this.selectors[color];
    return selector ? crashesOf(await findPods(this.client, releaseSelector(selector))) : [];
  }

  async whyNotReady(color: Color): Promise<string | null> {
    const selector = this.selectors[color];
    if (!selector) return "it has no release";
    const { app, exposed, workloads } = this.parts;
    const candidate = candidateName(app, color, exposed.service);
    return whyNotReady(this.client, { workloads: workloads[color], selector, candidate, exposed });
  }

  /** Configuration alone is none: during an update there is always some that Pulumi removes at its end. */
  async hasLeftovers(): Promise<boolean> {
    return (await this.findLeftovers()).some(({ kind }) => kind === "Deployment");
  }

  async sweep(live: readonly string[]): Promise<void> {
    const leftovers = await this.findLeftovers();
    if (leftovers.length > 0) await sweep(this.client, leftovers, await this.selectorsBehind(live));
  }

  async drain(color: Color, withinMs: number, fenced: () => Promise<string | null>): Promise<DrainRecord> {
    const selector = this.selectors[color];
    if (!selector) return { color, withinMs, ms: 0, backends: 0, moved: 0, remaining: [] };
    return drain(this.client, { color, selector, withinMs, fenced });
  }

  keepJournal(record: CutoverRecord): Promise<void> {
    return keepJournal(this.client, this.parts.app, record);
  }

  private findLeftovers() {
    return findLeftovers(this.client, this.parts.app, this.parts.workloads);
  }

  /** The selectors that traffic follows: the router's own, or those of the Services that it leads to. */
  private async selectorsBehind(live: readonly string[]): Promise<Selector[]> {
    const found = await Promise.all(
      live.map(async (backend) => {
        if (this.router.kind === "service") return JSON.parse(backend) as Selector;
        const service = await this.client.read("Service", backend.slice(0, backend.lastIndexOf(":")));
        return service?.spec.selector;
      }),
    );
    return found.filter((selector) => selector !== undefined);
  }
}

export function openRouter(client: KubernetesClient, app: string, exposed: Exposed, router: RouterAddress): Router {
  switch (router.kind) {
    case "service":
      return new ServiceRouter(client, app, router);
    case "ingress":
      return new IngressRouter(client, app, exposed, router);
    case "caddy":
      throw new TypeError("a caddy router does not run on Kubernetes");
    default:
      return router satisfies never;
  }
}

function selectorsOf(app: string, { service }: Exposed, versions: Versions): PerColor<Selector | null> {
  return perColor((color) => {
    const version = versions[color];
    return version === undefined ? null : selectorOf({ app, color, version, service });
  });
}

/** What each color with a release is to the router: its selector, or the name of its own Service. */
export function targetsOf(kind: RouterAddress["kind"], app: string, exposed: Exposed, versions: Versions): Targets {
  const selectors = selectorsOf(app, exposed, versions);
  return perColor((color) => {
    const selector = selectors[color];
    if (!selector) return [];
    return [kind === "ingress" ? targetOf(app, color, exposed) : selectorText(selector)];
  });
}
