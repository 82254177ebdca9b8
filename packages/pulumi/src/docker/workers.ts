import type { Kept, Worker, Workers } from "../contracts/workers.ts";
import type { Docker } from "./api.ts";
import { statusOf } from "./client.ts";
import { type Found, findContainers, ignoreGone, markedName } from "./inventory.ts";
import { Notes } from "./notes.ts";

const keptLabel = "bluegreen.kept";

/**
 * An app's containers without a router. A mark is part of the names of exclusive containers, and they are started and
 * stopped by name: who knows an older one gets "no such container" from Docker. The record is a note of the app's.
 *
 * `docker stop` outlasts a restart of the Docker Engine, and restart policies don't undo it.
 */
export class DockerWorkers implements Workers {
  private readonly docker: Docker;
  private readonly app: string;
  private readonly records: Notes;

  constructor(docker: Docker, app: string) {
    this.docker = docker;
    this.app = app;
    this.records = new Notes(docker, app, "record");
  }

  async read() {
    const last = await this.records.last();
    const text = last?.said[keptLabel];
    return { kept: text === undefined ? null : (JSON.parse(text) as Kept), token: String(last?.generation ?? 0) };
  }

  async keep(kept: Kept, token: string): Promise<string | null> {
    const written = await this.records.write({ [keptLabel]: JSON.stringify(kept) }, Number(token));
    return written && String(written.generation);
  }

  async look(): Promise<Worker[]> {
    const all = await this.find();
    return all.map(({ name, exclusive, state }) => {
      const runs = state !== "created" && state !== "exited" && state !== "dead";
      return { name, exclusive, runs, ends: false, whole: true, movedBy: null };
    });
  }

  async mark(mark: string): Promise<void> {
    await this.rename((name) => markedName(name, mark));
  }

  async unmark(): Promise<void> {
    await this.rename((name) => name);
  }

  async stop(names: readonly string[], mark: string): Promise<void> {
    // Docker gives each its own time, ten seconds if it has none, and then kills it.
    await Promise.all(
      names.map(async (name) => {
        const container = this.docker.getContainer(markedName(name, mark));
        await container.stop().catch((error) => ignoreUnlessTaken(error, name));
      }),
    );
  }

  async start(names: readonly string[], mark: string): Promise<void> {
    const found = (await this.find()).filter(({ name }) => names.includes(name));
    await Promise.all(
      found.map(async ({ id, name, exclusive }) => {
        const container = this.docker.getContainer(exclusive ? markedName(name, mark) : id);
        await container.start().catch((error) => ignoreUnlessTaken(error, name));
      }),
    );
  }

  private find(): Promise<Found[]> {
    return findContainers(this.docker, this.app, "backend");
  }

  private async rename(nameOf: (name: string) => string): Promise<void> {
    const exclusive = (await this.find()).filter((one) => one.exclusive && one.listed !== nameOf(one.name));
    await Promise.all(
      exclusive.map(({ id, name }) =>
        this.docker
          .getContainer(id)
          .rename({ name: nameOf(name) })
          .catch(ignoreGone),
      ),
    );
  }
}

/** It ran, or stood, already; and what Docker says of one that it can't start or end stays in that one's state. */
function ignoreUnlessTaken(error: unknown, name: string): void {
  if (statusOf(error) === undefined) throw error;
  if (statusOf(error) === 404) throw new Error(`container ${name} is gone, or another run has taken it over`);
}
