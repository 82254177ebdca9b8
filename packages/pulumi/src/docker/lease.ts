import { type Claim, type Color, isColor, type Unfinished } from "@bluegreen/core";
import type Docker from "dockerode";
import { type Holder, type LeaseStore, parseStanding, processName, standingText, writerName } from "../lease.ts";
import { reasonOf } from "../reason.ts";
import { statusOf } from "./client.ts";
import { putFile, readFile } from "./files.ts";
import { removeContainer } from "./inventory.ts";
import { labels } from "./labels.ts";

const heartbeatFile = "/bluegreen-heartbeat";

const label = {
  attempt: "bluegreen.lease.attempt",
  from: "bluegreen.lease.from",
  to: "bluegreen.lease.to",
  standing: "bluegreen.lease.standing",
  owner: "bluegreen.lease.owner",
  process: "bluegreen.lease.process",
  since: "bluegreen.lease.since",
} as const;

export const leaseName = (app: string) => `bluegreen-lease-${app}`;

/**
 * Docker's lease is a container that is never started: its name is the mutex (Docker creates it once), its id the
 * fencing token (a lease taken over is another container), its labels say what the holder is about to do, and a file in
 * it is the heartbeat. `image` is any that the engine has.
 */
export class DockerLeases implements LeaseStore {
  private readonly docker: Docker;
  private readonly app: string;
  private readonly image: string;
  private readonly attempt: number;
  private beats = 0;

  constructor(docker: Docker, wish: { readonly app: string; readonly image: string; readonly attempt: number }) {
    this.docker = docker;
    this.app = wish.app;
    this.image = wish.image;
    this.attempt = wish.attempt;
  }

  async create(claim: Claim): Promise<string | null> {
    const standing = standingText(claim);
    try {
      const container = await this.docker.createContainer({
        name: leaseName(this.app),
        Image: this.image,
        Cmd: ["true"],
        NetworkDisabled: true,
        Labels: {
          [labels.app]: this.app,
          [labels.role]: "lease",
          [label.attempt]: String(this.attempt),
          [label.from]: claim.from ?? "",
          [label.to]: claim.to,
          ...(standing === null ? {} : { [label.standing]: standing }),
          [label.owner]: writerName(),
          [label.process]: processName(),
          [label.since]: new Date().toISOString(),
        },
      });
      return container.id;
    } catch (error) {
      if (statusOf(error) === 409) return null;
      throw error;
    }
  }

  read(): Promise<Holder | null> {
    return readHolder(this.docker, this.app);
  }

  heartbeat(id: string): Promise<string | null> {
    return readFile(this.docker, id, heartbeatFile);
  }

  renew(id: string): Promise<void> {
    return putFile(this.docker, id, heartbeatFile, String(++this.beats));
  }

  remove(id: string): Promise<void> {
    return removeContainer(this.docker, id);
  }

  async lost(id: string): Promise<string | null> {
    try {
      await this.docker.getContainer(id).inspect();
      return null;
    } catch (error) {
      return statusOf(error) === 404 ? "another run took it over" : `Docker can't be asked: ${reasonOf(error)}`;
    }
  }
}

/** The lease as it lies there now: a running cutover, or one that was killed. */
export async function readUnfinished(docker: Docker, app: string): Promise<Unfinished | null> {
  return (await readHolder(docker, app))?.unfinished ?? null;
}

async function readHolder(docker: Docker, app: string): Promise<Holder | null> {
  try {
    const { Id: id, Config: config } = await docker.getContainer(leaseName(app)).inspect();
    const said = config.Labels;
    const to = said[label.to];
    if (!isColor(to))
      throw new Error(`container ${leaseName(app)} is no lease; remove it: docker rm ${leaseName(app)}`);
    return { id, process: said[label.process] ?? "", unfinished: unfinishedOf(said, to) };
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}

function unfinishedOf(said: Readonly<Record<string, string>>, to: Color): Unfinished {
  const from = said[label.from];
  return {
    attempt: Number(said[label.attempt]),
    from: isColor(from) ? from : null,
    to,
    ...parseStanding(said[label.standing]),
    owner: said[label.owner] ?? "",
    since: said[label.since] ?? "",
  };
}
