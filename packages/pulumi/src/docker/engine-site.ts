import { type Color, colors } from "@bluegreen/core";
import type Docker from "dockerode";
import type { Remains, SiteParts } from "../platform.ts";
import { type Found, findContainers, missingAmong } from "./inventory.ts";
import { labels } from "./labels.ts";
import { readUnfinished } from "./lease.ts";
import { remainsOf } from "./remains.ts";

/** An app on one Docker host, whatever leads to its containers. */
export abstract class EngineSite {
  protected readonly docker: Docker;
  protected readonly parts: SiteParts;

  constructor(docker: Docker, parts: SiteParts) {
    this.docker = docker;
    this.parts = parts;
  }

  readUnfinished() {
    return readUnfinished(this.docker, this.parts.app);
  }

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

  /** Those of the color's recorded containers that run. */
  protected async running(color: Color): Promise<Found[]> {
    const recorded = this.recordedOf(color);
    const found = await findContainers(this.docker, this.parts.app, "backend", { [labels.color]: color });
    return found.filter((one) => one.running && recorded.includes(one.id));
  }

  /** Ids of the containers of both colors. */
  protected get recordedIds(): string[] {
    return colors.flatMap((color) => this.recordedOf(color));
  }

  private recordedOf(color: Color): string[] {
    return this.parts.workloads[color].map(({ id }) => id);
  }
}
