import { hostname, userInfo } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { type Claim, type Color, claim, isColor, type Observation, type Unfinished } from "@bluegreen/core";
import type Docker from "dockerode";
import { reasonOf, statusOf } from "./client.ts";
import { putFile, readFile } from "./files.ts";
import { removeContainer } from "./inventory.ts";
import { labels } from "./labels.ts";

/**
 * The right to move one app's traffic, held by at most one cutover. It is a container that is never started: its name
 * is the mutex (Docker creates it once), its id the fencing token (a lease taken over is another container), its labels
 * say what the holder is about to do, and a file in it is the heartbeat. A lease that nobody renews may be taken over;
 * the one left by a killed run proves whose unfinished attempt the router shows.
 */
export interface Lease {
  /** What the taken-over lease of a killed run was doing. */
  readonly unfinished: Unfinished | null;
  /** What this lease says. */
  readonly claim: Claim;
  /** Why the lease is lost, or `null` while it is held. Asks Docker, so that a run that was taken over stops writing. */
  lost(): Promise<string | null>;
  release(): Promise<void>;
  /** Lets it lie there without a heartbeat: the next run takes it over and learns what was left unfinished. */
  abandon(): void;
}

export interface LeaseWish {
  readonly app: string;
  readonly attempt: number;
  /** The color that is to be live, and what the router says as the lease is taken. */
  readonly wish: Color;
  readonly seen: Observation;
  /** Any image that the engine has; the container never runs. */
  readonly image: string;
}

/** A holder renews every third of this; who finds no renewal for this long may take the lease over. Milliseconds. */
export const leaseTtlMs = 9_000;
const pollMs = 500;
const heartbeatFile = "/bluegreen-heartbeat";

const label = {
  attempt: "bluegreen.lease.attempt",
  from: "bluegreen.lease.from",
  to: "bluegreen.lease.to",
  owner: "bluegreen.lease.owner",
  process: "bluegreen.lease.process",
  since: "bluegreen.lease.since",
} as const;

export const leaseName = (app: string) => `bluegreen-lease-${app}`;

/** `user@host pid 4711`, as the journal and error messages name a run. */
export function writerName(): string {
  return `${userInfo().username}@${hostname()} pid ${process.pid}`;
}

/** Takes the lease, or says who holds it. Waits up to `leaseTtlMs` to learn whether a foreign holder is alive. */
export async function takeLease(docker: Docker, wish: LeaseWish): Promise<Lease | { readonly heldBy: string }> {
  let unfinished: Unfinished | null = null;
  for (let round = 0; round < 5; round++) {
    const claimed = claim(wish.wish, wish.seen, unfinished);
    const id = await createLease(docker, wish, claimed);
    if (id !== null) return hold(docker, id, unfinished, claimed);
    const holder = await readHolder(docker, wish.app);
    if (holder === null) continue;
    if (await isAlive(docker, holder))
      return { heldBy: `${holder.unfinished.owner}, since ${holder.unfinished.since}` };
    unfinished = holder.unfinished;
    // By id: if another run took it over first, this removes nothing of theirs.
    await removeContainer(docker, holder.id);
  }
  return { heldBy: "several runs that take it over from each other" };
}

/** The lease as it lies there now: a running cutover, or one that was killed. */
export async function readUnfinished(docker: Docker, app: string): Promise<Unfinished | null> {
  return (await readHolder(docker, app))?.unfinished ?? null;
}

async function createLease(docker: Docker, wish: LeaseWish, { from, to }: Claim): Promise<string | null> {
  try {
    const container = await docker.createContainer({
      name: leaseName(wish.app),
      Image: wish.image,
      Cmd: ["true"],
      NetworkDisabled: true,
      Labels: {
        [labels.app]: wish.app,
        [labels.role]: "lease",
        [label.attempt]: String(wish.attempt),
        [label.from]: from ?? "",
        [label.to]: to,
        [label.owner]: writerName(),
        [label.process]: `${hostname()}:${process.pid}`,
        [label.since]: new Date().toISOString(),
      },
    });
    return container.id;
  } catch (error) {
    if (statusOf(error) === 409) return null;
    throw error;
  }
}

interface Holder {
  readonly id: string;
  readonly process: string;
  readonly unfinished: Unfinished;
}

async function readHolder(docker: Docker, app: string): Promise<Holder | null> {
  try {
    const { Id: id, Config: config } = await docker.getContainer(leaseName(app)).inspect();
    const said = config.Labels;
    const to = said[label.to];
    if (!isColor(to))
      throw new Error(`container ${leaseName(app)} is no lease; remove it: docker rm ${leaseName(app)}`);
    const from = said[label.from];
    return {
      id,
      process: said[label.process] ?? "",
      unfinished: {
        attempt: Number(said[label.attempt]),
        from: isColor(from) ? from : null,
        to,
        owner: said[label.owner] ?? "",
        since: said[label.since] ?? "",
      },
    };
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}

/** A holder is alive while its heartbeat changes; on this machine its process tells at once. */
async function isAlive(docker: Docker, holder: Holder): Promise<boolean> {
  const [host, pid] = holder.process.split(":");
  if (host === hostname() && !processRuns(Number(pid))) return false;
  const first = await readFile(docker, holder.id, heartbeatFile);
  for (let waited = 0; waited < leaseTtlMs; waited += pollMs) {
    await sleep(pollMs);
    if ((await readFile(docker, holder.id, heartbeatFile)) !== first) return true;
    if (host === hostname() && !processRuns(Number(pid))) return false;
  }
  return false;
}

function processRuns(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function hold(docker: Docker, id: string, unfinished: Unfinished | null, claim: Claim): Lease {
  let beats = 0;
  const beat = () => putFile(docker, id, heartbeatFile, String(++beats)).catch(() => {});
  const first = beat();
  const timer = setInterval(() => void beat(), leaseTtlMs / 3);
  timer.unref();
  return {
    unfinished,
    claim,
    async lost() {
      try {
        await docker.getContainer(id).inspect();
        return null;
      } catch (error) {
        return statusOf(error) === 404 ? "another run took it over" : `Docker can't be asked: ${reasonOf(error)}`;
      }
    },
    abandon() {
      clearInterval(timer);
    },
    async release() {
      clearInterval(timer);
      await first;
      await removeContainer(docker, id);
    },
  };
}
