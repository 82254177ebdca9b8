// The images of demo and tests: binaries from Go, packed by packages/testkit/src/docker/prepare-images.ts.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lastLines } from "./dependencies.mjs";
import { buildGoModule, buildGoSource, findGo, findOnPath } from "./go.mjs";
import { node24, root } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { run } from "./processes.mjs";

const caddyVersion = "2.11.9";

/** Containers run Linux, whatever this machine is. */
const linux = { ...process.env, GOOS: "linux" };

export async function ensureImages({ cache, progress, env }) {
  const busybox = findOnPath("busybox", { PATH: `${env.PATH}:/usr/bin:/bin` });
  const binaries = { caddy: await caddy(cache, progress), app: await app(cache, progress), busybox };
  await progress.phase("images: Caddy and the demo's shop, built from nothing", async () => {
    const program = join(root, "packages/testkit/src/docker/prepare-images.ts");
    const result = await run(node24, [program, JSON.stringify(binaries)], { cwd: root, env, timeoutMs: 5 * 60_000 });
    if (result.exit !== 0) throw new Problem("the images could not be made", { detail: lastLines(result.stderr) });
  });
}

async function caddy(cache, progress) {
  const target = join(cache, `caddy-${caddyVersion}-go`, "caddy");
  if (existsSync(target)) return target;
  if (!findGo()) {
    progress.say('  no "go" on PATH: Caddy comes from the image registry, if it can be reached');
    return undefined;
  }
  const title = `Caddy ${caddyVersion}: building from Go modules (about 2 min, once)`;
  return progress.phase(title, (phase) =>
    buildGoModule({
      packagePath: "github.com/caddyserver/caddy/v2/cmd/caddy",
      version: `v${caddyVersion}`,
      ldflags: "-s -w",
      target,
      env: linux,
      onWait: (pid) => phase.title(`${title}, process ${pid} does it`),
    }),
  );
}

/** What most tests and the demo run. */
export const app = (cache, progress) =>
  own({ cache, progress, name: "shop", folder: "app", title: "demo service: go build" });

/** The application with a database. */
export const ledger = (cache, progress) =>
  own({ cache, progress, name: "ledger", folder: "ledger", title: "service with a database: go build" });

/** Named by the hash of its sources: checkouts with different sources share the cache without building in turns. */
async function own({ cache, progress, name, folder, title }) {
  const sources = join(root, "packages/testkit", folder);
  const hash = createHash("sha256");
  for (const file of readdirSync(sources)
    .filter((file) => /\.(go|sql)$|^go\./.test(file))
    .sort()) {
    hash.update(file).update(readFileSync(join(sources, file)));
  }
  const target = join(cache, name, hash.digest("hex").slice(0, 16));
  if (existsSync(target)) return target;
  await progress.phase(title, () => buildGoSource({ folder: sources, target, env: linux }));
  return target;
}
