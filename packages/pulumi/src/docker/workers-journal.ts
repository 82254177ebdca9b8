import { randomBytes } from "node:crypto";
import { type JournalRecord, journalKey, readJournal } from "@bluegreen/core";
import type { Journal } from "../contracts/journal.ts";
import type { Docker } from "./api.ts";
import { labels } from "./labels.ts";
import { createNamed, findNamed, removeNamed } from "./notes.ts";

const recordLabel = "bluegreen.record";
/** The last ones stay; each has about half a KiB. */
const keptRecords = 200;

/** The journal of an app without a router: a note a record. */
export function workersJournal(docker: Docker, app: string): Journal {
  return {
    keep: (record) => keepRecord(docker, app, record),
    read: async () => readJournal(await readRecords(docker, app)),
  };
}

async function keepRecord(docker: Docker, app: string, record: JournalRecord): Promise<void> {
  const key = journalKey(record, randomBytes(3).toString("hex"));
  await createNamed(docker, `bluegreen-journal-${app}-${key.replace(/\.json$/, "")}`, {
    [labels.app]: app,
    [labels.role]: "journal",
    [recordLabel]: JSON.stringify(record),
  });
  const all = await findNamed(docker, app, "journal");
  const names = all.map(({ Name }) => Name).sort();
  for (const name of names.slice(0, -keptRecords)) await removeNamed(docker, name);
}

/** By names that sort as they were written. */
async function readRecords(docker: Docker, app: string): Promise<Record<string, string>> {
  const all = await findNamed(docker, app, "journal");
  return Object.fromEntries(all.map(({ Name, Labels: said }) => [Name, said[recordLabel] ?? ""]));
}
