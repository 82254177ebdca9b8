import { type Color, colors } from "@bluegreen/core";
import type { Backends, Remains, SiteParts } from "../contracts/site.ts";
import type { Docker } from "./api.ts";
import type { DockerContainer } from "./containers.ts";
import { type Found, findContainers, missingAmong } from "./inventory.ts";
import { labels } from "./labels.ts";
import { remainsOf } from "./remains.ts";

/** The containers of an app on one Docker host, whatever leads to them. */
export abstract class EngineBackends implements Backends {
  readonly tags = null;
  protected readonly docker: Docker;
  protected readonly parts: SiteParts;

  constructor(docker: Docker, parts: SiteParts) {
    this.docker = docker;
    this.parts = parts;
  }

  abstract whyNotReady(color: Color): Promise<string | null>;
  abstract crashes(color: Color): Promise<string[]>;
  abstract containers(color: Color): Promise<DockerContainer[]>;

  /** Containers are recorded one by one, and one that was replaced by someone else is not what was recorded. */
  async subjects(color: Color): Promise<string[]> {
    return this.recordedOf(color);
  }

  missing(color: Color): Promise<string[]> {
    return missingAmong(this.docker, this.parts.workloads[color]);
  }

  remains(color: Color): Remains {
    return remainsOf(this.docker, this.parts.app, color, this.parts.versions[color] ?? "");
  }

  /** Ids of the containers of both colors. */
  get recorded(): string[] {
    return colors.flatMap((color) => this.recordedOf(color));
  }

  /** Those of the color's recorded containers that run. */
  protected async running(color: Color): Promise<Found[]> {
    const recorded = this.recordedOf(color);
    const found = await findContainers(this.docker, this.parts.app, "backend", { [labels.color]: color });
    return found.filter((one) => one.running && recorded.includes(one.id));
  }

  private recordedOf(color: Color): string[] {
    return this.parts.workloads[color].map(({ id }) => id);
  }
}
