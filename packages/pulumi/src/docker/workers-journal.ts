import { randomBytes } from "node:crypto";
import { type JournalRecord, journalKey } from "@bluegreen/core";
import type { Docker } from "./api.ts";
import { labels } from "./labels.ts";
import { createNamed, findNamed, removeNamed } from "./notes.ts";

const recordLabel = "bluegreen.record";
/** The last ones stay; each has about half a KiB. */
const keptRecords = 200;

/** Adds a record to the journal of an app without a router: a note of its own. */
export async function keepWorkersRecord(docker: Docker, app: string, record: JournalRecord): Promise<void> {
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

/** The journal's records by names that sort as they were written. */
export async function readWorkersRecords(docker: Docker, app: string): Promise<Record<string, string>> {
  const all = await findNamed(docker, app, "journal");
  return Object.fromEntries(all.map(({ Name, Labels: said }) => [Name, said[recordLabel] ?? ""]));
}
