import { type Color, type Images, type PerColor, perColor } from "@bluegreen/core";
import type { Backends, KnownBy, Remains, SiteParts, Tags } from "../contracts/site.ts";
import type { KubernetesClient } from "./client.ts";
import { PodContainer } from "./containers.ts";
import { type Selector, selectorOf } from "./labels.ts";
import type { Pod } from "./objects.ts";
import { crashesOf, findPods, imagesOf, isRunning, releaseSelector } from "./pods.ts";
import { missingAmong } from "./ready.ts";
import { remainsOf } from "./remains.ts";

/** The pods of an app in one namespace, whatever leads to them. */
export abstract class NamespaceBackends implements Backends, Tags {
  readonly tags = this;
  /** Of the pods of each color's recorded release. */
  readonly selectors: PerColor<Selector | null>;
  protected readonly client: KubernetesClient;
  protected readonly parts: SiteParts;

  constructor(client: KubernetesClient, parts: SiteParts) {
    const { app, versions } = parts;
    this.client = client;
    this.parts = parts;
    this.selectors = perColor((color) => {
      const version = versions[color];
      return version === undefined ? null : releaseSelector(selectorOf({ app, color, version, service: "" }));
    });
  }

  abstract subjects(color: Color): Promise<string[]>;
  abstract whyNotReady(color: Color): Promise<string | null>;

  missing(color: Color, by?: KnownBy): Promise<string[]> {
    return missingAmong(this.client, this.parts.workloads[color], by);
  }

  async crashes(color: Color): Promise<string[]> {
    const selector = this.selectors[color];
    return selector ? crashesOf(await findPods(this.client, selector)) : [];
  }

  async images(color: Color): Promise<Images> {
    return imagesOf(await this.running(color));
  }

  remains(color: Color): Remains {
    return remainsOf(this.client, this.parts.app, color, this.parts.versions[color] ?? "");
  }

  async containers(color: Color): Promise<PodContainer[]> {
    const reaches = this.parts.reach[color];
    return (await this.running(color)).map((pod) => new PodContainer(this.client, pod, reaches));
  }

  async running(color: Color): Promise<Pod[]> {
    const selector = this.selectors[color];
    return selector ? (await findPods(this.client, selector)).filter(isRunning) : [];
  }
}
