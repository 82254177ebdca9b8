import { randomBytes } from "node:crypto";
import { type JournalRecord, journalKey, readJournal } from "@bluegreen/core";
import type { Journal } from "../contracts/journal.ts";
import type { KubernetesClient } from "./client.ts";
import { statusOf } from "./error.ts";
import { fieldManager, labels, resourceName } from "./labels.ts";

/** A ConfigMap holds 1 MiB; a record has about half a KiB, and at most `reasonLimit` more. */
const keptRecords = 50;
const reasonLimit = 2_000;
const tries = 5;

export const journalName = (app: string) => resourceName(app, "journal");

/** A ConfigMap with one entry a record, of which it keeps the last 50. */
export function journalOf(client: KubernetesClient, app: string): Journal {
  return {
    keep: (record) => keepRecord(client, app, record),
    read: async () => readJournal((await client.read("ConfigMap", journalName(app)))?.data ?? {}),
  };
}

async function keepRecord(client: KubernetesClient, app: string, record: JournalRecord): Promise<void> {
  const name = journalName(app);
  const key = journalKey(record, randomBytes(3).toString("hex"));
  for (let round = 1; ; round++) {
    const before = await client.read("ConfigMap", name);
    const data = journalAfter(before?.data ?? {}, key, record);
    const metadata = { labels: { [labels.app]: app, [labels.role]: "journal" } };
    try {
      if (!before) await client.create("ConfigMap", name, { metadata, data }, fieldManager(app));
      else {
        const { uid, resourceVersion } = before.metadata;
        const change = { metadata: { ...metadata, name, uid, resourceVersion }, data };
        await client.replace("ConfigMap", name, change, fieldManager(app));
      }
      return;
    } catch (error) {
      // Somebody else wrote in between.
      if (statusOf(error) !== 409 || round === tries) throw error;
    }
  }
}

/** The journal with this record, under a name that no other one has. */
export function journalAfter(
  before: Readonly<Record<string, string>>,
  key: string,
  record: JournalRecord,
): Record<string, string> {
  const reason = record.reason.slice(0, reasonLimit);
  const entries = Object.entries({ ...before, [key]: JSON.stringify({ ...record, reason }) });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).slice(-keptRecords));
}
