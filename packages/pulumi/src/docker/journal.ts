import { randomBytes } from "node:crypto";
import { type JournalRecord, journalKey, readJournal } from "@bluegreen/core";
import type { Journal } from "../contracts/journal.ts";
import type { Docker } from "./api.ts";
import { runScript } from "./exec.ts";
import { putFile, readFolder } from "./files.ts";

/** A journal in a container: one file a record. */
export interface JournalPlace {
  /** Name or id. */
  readonly container: string;
  readonly folder: string;
}

/** Beside the router's own data, on its volume. */
export const routersFolder = "/data/bluegreen/journal";

/** So many records stay where the container runs; each has about half a KiB. */
const keptRecords = 200;
const removeOldest = `cd "$1"; ls | sort | head -n -${keptRecords} | while read -r old; do rm -f "$old"; done`;

export function journalIn(docker: Docker, place: JournalPlace): Journal {
  const { container, folder } = place;
  return {
    keep: (record) => keepRecord(docker, place, record),
    read: async () => readJournal(await readFolder(docker, container, folder)),
  };
}

/** Adds a record under a name that no other one has. */
async function keepRecord(docker: Docker, place: JournalPlace, record: JournalRecord): Promise<void> {
  const { container, folder } = place;
  const key = journalKey(record, randomBytes(3).toString("hex"));
  await putFile(docker, container, `${folder}/${key}`, `${JSON.stringify(record)}\n`);
  // A container that does not run keeps all of them: nothing can be removed from it.
  await runScript(docker, container, removeOldest, [folder]).catch(() => {});
}
