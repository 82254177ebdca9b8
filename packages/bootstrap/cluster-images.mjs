// The images of the bed's cluster: binaries from Go, packed and imported by packages/testkit/src/cluster/prepare-images.ts.
import { join } from "node:path";
import { pauseImage } from "./cluster-config.mjs";
import { lastLines } from "./dependencies.mjs";
import { appImage } from "./environment.mjs";
import { findOnPath } from "./go.mjs";
import { app } from "./images.mjs";
import { node24, root } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { run } from "./processes.mjs";

/** Those that our containerd has already are left alone. */
export async function importBedImages({ cache, places, binaries, progress, env = process.env }) {
  const ingredients = {
    pauseName: pauseImage,
    pause: binaries.pause,
    repository: appImage,
    app: await app(cache, progress),
    busybox: findOnPath("busybox", { PATH: `${env.PATH}:/usr/bin:/bin` }),
  };
  const program = join(root, "packages/testkit/src/cluster/prepare-images.ts");
  const result = await run(node24, [program, JSON.stringify(ingredients)], {
    cwd: root,
    env: { ...env, BLUEGREEN_CONTAINERD: places.containerdSocket },
    timeoutMs: 3 * 60_000,
  });
  if (result.exit === 0) return;
  throw new Problem("the cluster's images could not be imported", { detail: lastLines(result.stdout + result.stderr) });
}
