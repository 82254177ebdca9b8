// Where things live. `.bluegreen/` belongs to this checkout, the cache is shared by all checkouts of one user.
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(fileURLToPath(new URL("../..", import.meta.url)));
export const work = join(root, ".bluegreen");
export const modules = join(root, "node_modules");
export const node24 = join(modules, "node", "bin", "node");

export const pulumiHome = join(work, "pulumi-home");
export const state = join(work, "state");
export const bin = join(work, "bin");
export const passphraseFile = join(work, "passphrase");

/** The cache of heavy artefacts (engine, Caddy, Docker's images), made once per user. */
export function cacheDirectory(env = process.env) {
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "bluegreen");
}

/** A short stable name for a path, for files that speak about a checkout from outside of it. */
export function shortHash(text) {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
