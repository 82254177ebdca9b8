import { randomUUID } from "node:crypto";
import type { Docker } from "./api.ts";
import { statusOf } from "./client.ts";
import { labelFilter, labels, type Role } from "./labels.ts";

const generationLabel = "bluegreen.generation";
const writerLabel = "bluegreen.writer";

/** All that an app keeps in this way. */
export const noteRoles = ["lease", "heartbeat", "record", "journal"] as const satisfies readonly Role[];

/** What was written, and its place among all that was. */
export interface Note {
  /** Name of its volume. */
  readonly name: string;
  readonly generation: number;
  /** Its alone: a note that was removed and written again is another one. */
  readonly writer: string;
  readonly said: Readonly<Record<string, string>>;
}

/**
 * What an app keeps on the Docker host beside what runs: labels of named volumes that hold nothing. Hosts are tidied by
 * `docker system prune -af`, which takes containers that don't run, networks and images that nothing uses, and anonymous
 * volumes; a named one goes by its name only, or by `docker volume prune -a`.
 *
 * A note's name counts the writes, and Docker makes a name once: that is the compare-and-swap. The greatest number is the
 * one that holds, and is never removed before there is a greater one, so no number is used twice.
 */
export class Notes {
  private readonly docker: Docker;
  private readonly app: string;
  private readonly role: Role;

  constructor(docker: Docker, app: string, role: Role) {
    this.docker = docker;
    this.app = app;
    this.role = role;
  }

  async last(): Promise<Note | null> {
    return (await this.all()).at(-1) ?? null;
  }

  /** Writes the note that follows the one of this generation; `null` when somebody else has. */
  async write(said: Readonly<Record<string, string>>, after: number): Promise<Note | null> {
    const generation = after + 1;
    const writer = randomUUID();
    // Of a name that is taken Docker says nothing, and leaves it as it is.
    await createNamed(this.docker, `bluegreen-${this.role}-${this.app}-${generation}`, {
      [labels.app]: this.app,
      [labels.role]: this.role,
      [generationLabel]: String(generation),
      [writerLabel]: writer,
      ...said,
    });
    const all = await this.all();
    const last = all.at(-1);
    const holds = last?.writer === writer;
    // A number that was used and removed is free again, but smaller than the one that holds.
    const over = all.filter((one) => (holds ? one !== last : one.writer === writer));
    for (const { name } of over) await removeNamed(this.docker, name);
    return holds ? last : null;
  }

  private async all(): Promise<Note[]> {
    const found = await findNamed(this.docker, this.app, this.role);
    const notes = found.map(({ Name, Labels: said }): Note => {
      return { name: Name, generation: Number(said[generationLabel]), writer: said[writerLabel] ?? "", said };
    });
    return notes.sort((a, b) => a.generation - b.generation);
  }
}

/** Named volumes of an app with this role, whoever made them. */
export async function findNamed(
  docker: Docker,
  app: string,
  role: Role,
  more: Readonly<Record<string, string>> = {},
): Promise<{ readonly Name: string; readonly Labels: Readonly<Record<string, string>> }[]> {
  const filters = labelFilter({ [labels.app]: app, [labels.role]: role, ...more });
  const { Volumes: volumes } = await docker.listVolumes({ filters });
  return (volumes ?? []).map(({ Name, Labels }) => ({ Name, Labels: Labels ?? {} }));
}

export async function createNamed(docker: Docker, Name: string, Labels: Record<string, string>): Promise<void> {
  await docker.createVolume({ Name, Labels });
}

export async function removeNamed(docker: Docker, name: string): Promise<void> {
  await docker
    .getVolume(name)
    .remove()
    .catch((error: unknown) => {
      if (statusOf(error) !== 404) throw error;
    });
}
