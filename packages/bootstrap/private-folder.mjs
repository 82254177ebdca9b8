import { lstatSync, mkdirSync } from "node:fs";
import { Problem } from "./problem.mjs";

/**
 * A folder whose name anybody can foretell, in one that everybody writes to: it is of this user, and nobody else
 * can write there, or it is not used.
 * @throws Problem that says whose it is
 */
export function ensurePrivate(folder, uid = process.getuid?.() ?? 0) {
  try {
    mkdirSync(folder, { mode: 0o700 });
    return;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  const found = lstatSync(folder);
  if (found.isDirectory() && found.uid === uid && (found.mode & 0o022) === 0) return;
  const what = found.isDirectory() ? `mode ${(found.mode & 0o777).toString(8)}` : "no folder";
  throw new Problem(
    `${folder} is of user ${found.uid}, ${what}; it must be a folder in which user ${uid} alone can write`,
    {
      fix: [
        `look at what it is, and remove it: ls -ld ${folder}`,
        "or name a short cache folder: XDG_CACHE_HOME=/path",
      ],
    },
  );
}
