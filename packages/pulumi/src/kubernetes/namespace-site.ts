import { type Color, type Images, type JournalRecord, type PerColor, perColor } from "@bluegreen/core";
import type { JobResult, JobWish } from "../contracts/job.ts";
import type { Lease, LeaseWish } from "../contracts/lease.ts";
import type { Remains, Scaling, SiteParts } from "../contracts/site.ts";
import { takeLease } from "../lease.ts";
import type { KubernetesClient } from "./client.ts";
import { PodContainer } from "./containers.ts";
import { runJob } from "./job.ts";
import { keepJournal } from "./journal.ts";
import { type Selector, selectorOf } from "./labels.ts";
import { KubernetesLeases, readUnfinished } from "./lease.ts";
import { findLeftovers } from "./leftovers.ts";
import type { Pod } from "./objects.ts";
import { crashesOf, findPods, imagesOf, isRunning, releaseSelector } from "./pods.ts";
import { missingAmong } from "./ready.ts";
import { remainsOf } from "./remains.ts";
import { DeploymentScaling } from "./scale.ts";

/** An app in one namespace, whatever leads to its pods. */
export abstract class NamespaceSite {
  readonly scaling: Scaling;
  protected readonly client: KubernetesClient;
  protected readonly parts: SiteParts;
  /** Of the pods of each color's recorded release. */
  protected readonly selectors: PerColor<Selector | null>;

  constructor(client: KubernetesClient, parts: SiteParts) {
    const { app, versions, workloads } = parts;
    this.client = client;
    this.parts = parts;
    this.selectors = perColor((color) => {
      const version = versions[color];
      return version === undefined ? null : releaseSelector(selectorOf({ app, color, version, service: "" }));
    });
    this.scaling = new DeploymentScaling(client, { app, workloads, selectors: this.selectors });
  }

  takeLease(wish: LeaseWish): Promise<Lease | { readonly heldBy: string }> {
    const { app } = this.parts;
    return takeLease(new KubernetesLeases(this.client, { app, attempt: wish.attempt }), wish);
  }

  readUnfinished() {
    return readUnfinished(this.client, this.parts.app);
  }

  missing(color: Color): Promise<string[]> {
    return missingAmong(this.client, this.parts.workloads[color]);
  }

  async crashes(color: Color): Promise<string[]> {
    const selector = this.selectors[color];
    return selector ? crashesOf(await findPods(this.client, selector)) : [];
  }

  async images(color: Color): Promise<Images> {
    return imagesOf(await this.runningPods(color));
  }

  /** Configuration alone is none: during an update there is always some that Pulumi removes at its end. */
  async hasLeftovers(): Promise<boolean> {
    return (await this.findLeftovers()).some(({ kind }) => kind === "Deployment");
  }

  remains(color: Color): Remains {
    return remainsOf(this.client, this.parts.app, color, this.parts.versions[color] ?? "");
  }

  keepJournal(record: JournalRecord): Promise<void> {
    return keepJournal(this.client, this.parts.app, record);
  }

  runMigration(wish: JobWish): Promise<JobResult> {
    return runJob(this.client, this.parts.app, wish);
  }

  async close(): Promise<void> {}

  /** What routes is the cluster's own, and nothing of the app's has to be brought up for it. */
  async wakeRouter(): Promise<void> {}

  protected async runningPods(color: Color): Promise<Pod[]> {
    const selector = this.selectors[color];
    return selector ? (await findPods(this.client, selector)).filter(isRunning) : [];
  }

  async containers(color: Color): Promise<PodContainer[]> {
    const reaches = this.parts.reach[color];
    return (await this.runningPods(color)).map((pod) => new PodContainer(this.client, pod, reaches));
  }

  protected findLeftovers() {
    return findLeftovers(this.client, this.parts);
  }
}
