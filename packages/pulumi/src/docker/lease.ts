import { type Claim, type Color, isColor, type Unfinished } from "@bluegreen/core";
import type { Holder, LeaseStore } from "../contracts/lease.ts";
import type { Routing } from "../contracts/site.ts";
import { parseStanding, processName, standingText, takeLease, writerName } from "../cutover/lease.ts";
import { reasonOf } from "../io/reason.ts";
import type { Docker } from "./api.ts";
import { labels } from "./labels.ts";
import { createNamed, findNamed, type Note, Notes, removeNamed } from "./notes.ts";

const label = {
  attempt: "bluegreen.lease.attempt",
  from: "bluegreen.lease.from",
  to: "bluegreen.lease.to",
  standing: "bluegreen.lease.standing",
  owner: "bluegreen.lease.owner",
  process: "bluegreen.lease.process",
  since: "bluegreen.lease.since",
  /** Of a heartbeat: whose it is. */
  id: "bluegreen.lease.id",
} as const;

/**
 * Docker's lease is the app's last note of this kind: a number is the mutex (only one can write it), its writer the fencing
 * token (a lease taken over is another note), its labels say what the holder is about to do. One that is let go is followed
 * by an empty note. A heartbeat is a volume, too, a new one for each.
 */
export class DockerLeases implements LeaseStore {
  private readonly docker: Docker;
  private readonly app: string;
  private readonly attempt: number;
  private readonly notes: Notes;
  private beats = 0;

  constructor(docker: Docker, request: { readonly app: string; readonly attempt: number }) {
    this.docker = docker;
    this.app = request.app;
    this.attempt = request.attempt;
    this.notes = new Notes(docker, request.app, "lease");
  }

  async create(claim: Claim): Promise<string | null> {
    const last = await this.notes.last();
    if (last && isTaken(last)) return null;
    const standing = standingText(claim);
    const said = {
      [label.attempt]: String(this.attempt),
      [label.from]: claim.from ?? "",
      [label.to]: claim.to,
      ...(standing === null ? {} : { [label.standing]: standing }),
      [label.owner]: writerName(),
      [label.process]: processName(),
      [label.since]: new Date().toISOString(),
    };
    const taken = await this.notes.write(said, last?.generation ?? 0);
    // Of whoever renewed a lease that it had lost by then.
    if (taken)
      for (const { Name } of await findNamed(this.docker, this.app, "heartbeat")) await removeNamed(this.docker, Name);
    return taken?.writer ?? null;
  }

  async read(): Promise<Holder | null> {
    return holderOf(await this.notes.last());
  }

  async heartbeat(id: string): Promise<string | null> {
    const beats = await this.heartbeats(id);
    return beats.length === 0 ? null : beats.join(" ");
  }

  async renew(id: string): Promise<void> {
    const before = await this.heartbeats(id);
    const said = { [labels.app]: this.app, [labels.role]: "heartbeat", [label.id]: id };
    await createNamed(this.docker, `bluegreen-heartbeat-${this.app}-${id}-${++this.beats}`, said);
    for (const name of before) await removeNamed(this.docker, name);
  }

  async remove(id: string): Promise<void> {
    const last = await this.notes.last();
    if (last?.writer === id) await this.notes.write({}, last.generation);
    for (const name of await this.heartbeats(id)) await removeNamed(this.docker, name);
  }

  async lost(id: string): Promise<string | null> {
    try {
      return (await this.notes.last())?.writer === id ? null : "another run took it over";
    } catch (error) {
      return `Docker can't be asked: ${reasonOf(error)}`;
    }
  }

  /** Names of the volumes that stand for them. */
  private async heartbeats(id: string): Promise<string[]> {
    const found = await findNamed(this.docker, this.app, "heartbeat", { [label.id]: id });
    return found.map(({ Name }) => Name).sort();
  }
}

/** The lease as it lies there now: a running cutover, or one that was killed. */
export async function readUnfinished(docker: Docker, app: string): Promise<Unfinished | null> {
  return holderOf(await new Notes(docker, app, "lease").last())?.unfinished ?? null;
}

function isTaken({ said }: Note): boolean {
  return isColor(said[label.to]);
}

function holderOf(note: Note | null): Holder | null {
  if (!note) return null;
  const { said, writer: id } = note;
  const to = said[label.to];
  return isColor(to) ? { id, process: said[label.process] ?? "", unfinished: unfinishedOf(said, to) } : null;
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

/** Who may move the app's traffic. */
export function leasesOf(docker: Docker, app: string): Pick<Routing, "takeLease" | "readUnfinished"> {
  return {
    takeLease: (request) => takeLease(new DockerLeases(docker, { app, attempt: request.attempt }), request),
    readUnfinished: () => readUnfinished(docker, app),
  };
}
