import { lstat, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const pollMs = 250;
/** A failure that is so much older than a gate is of another run: an attempt's gates start side by side. Milliseconds. */
const sameRunMs = 600_000;
/** What nobody needs any more goes with a gate that starts later. Milliseconds. */
const keptMs = 86_400_000;

export interface Siblings {
  /** Resolves with the name of the first gate of the attempt that failed, unless this one did. */
  readonly failed: Promise<string>;
  /** Tells the others that this gate has failed. */
  fail(gate: string): Promise<void>;
  /** Looks no longer. */
  close(): void;
}

/**
 * The gates of one attempt are processes of one engine on one machine, each of which may hold up the run. They tell each
 * other of a failure by a file, in a folder that is this user's alone; where there is none, each runs to its own end.
 */
export async function joinSiblings(app: string, attempt: number, root = ownFolder()): Promise<Siblings> {
  const started = Date.now();
  const folder = await ownedFolder(root).then(
    () => join(root, `${app}-${attempt}`),
    () => null,
  );
  if (folder === null) return { failed: new Promise(() => {}), fail: async () => {}, close: () => {} };
  await removeOld(root);
  const file = join(folder, "failed");
  let open = true;
  const failed = new Promise<string>((resolve) => {
    const watch = async () => {
      while (open) {
        const gate = await readFailure(file, started);
        if (open && gate !== null) return resolve(gate);
        await sleep(pollMs, undefined, { ref: false });
      }
    };
    void watch();
  });
  return {
    failed,
    async fail(gate) {
      open = false;
      await mkdir(folder, { mode: 0o700 }).catch(() => {});
      // The first one has said it all.
      await writeFile(file, gate, { flag: "wx", mode: 0o600 }).catch(() => {});
    },
    close: () => {
      open = false;
    },
  };
}

function ownFolder(): string {
  return join(tmpdir(), `bluegreen-gates-${userInfo().uid}`);
}

/** Makes it, unless it is there. Rejects when others could write in it, or it is a link that leads elsewhere. */
async function ownedFolder(root: string): Promise<void> {
  await mkdir(root, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  const found = await lstat(root);
  const mine = process.getuid === undefined || (found.uid === process.getuid() && (found.mode & 0o077) === 0);
  if (!found.isDirectory() || !mine) throw new Error(`${root} is not this user's alone`);
}

async function readFailure(file: string, started: number): Promise<string | null> {
  try {
    if ((await stat(file)).mtimeMs < started - sameRunMs) return null;
    return await readFile(file, "utf8");
  } catch {
    return null;
  }
}

async function removeOld(root: string): Promise<void> {
  for (const name of await readdir(root).catch(() => [])) {
    const path = join(root, name);
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > keptMs) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}
