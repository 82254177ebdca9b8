import { randomBytes } from "node:crypto";
import { connectDocker } from "../src/docker/client.ts";
import { putFile } from "../src/docker/files.ts";
import { journalIn, routersFolder } from "../src/docker/journal.ts";
import { labels } from "../src/docker/labels.ts";
import { createNamed, findNamed, removeNamed } from "../src/docker/notes.ts";
import { workersJournal } from "../src/docker/workers-journal.ts";
import { type JournalFixture, journalConformance } from "./journal-conformance.ts";

const docker = connectDocker("");
const newApp = () => `journal-${randomBytes(3).toString("hex")}`;

async function inContainer(): Promise<JournalFixture> {
  const container = newApp();
  const made = await docker.createContainer({ name: container, Image: "localhost/bluegreen/shop:1.0.0" });
  return {
    journal: journalIn(docker, { container, folder: routersFolder }),
    add: (name, text) => putFile(docker, container, `${routersFolder}/${name}`, text),
    close: () => made.remove({ force: true, v: true }),
  };
}

async function inVolumes(): Promise<JournalFixture> {
  const app = newApp();
  return {
    journal: workersJournal(docker, app),
    add: (name, text) => {
      const own = { [labels.app]: app, [labels.role]: "journal", "bluegreen.record": text };
      return createNamed(docker, `bluegreen-journal-${app}-${name.replace(/\.json$/, "")}`, own);
    },
    async close() {
      for (const { Name } of await findNamed(docker, app, "journal")) await removeNamed(docker, Name);
    },
  };
}

journalConformance("a journal in a container that does not run", inContainer);
journalConformance("a journal in labels of volumes", inVolumes);
