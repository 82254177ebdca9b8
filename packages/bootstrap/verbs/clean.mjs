import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { leaveCluster, stopCluster, useCluster } from "../cluster.mjs";
import { lastLines } from "../dependencies.mjs";
import { keepDaemon, leaveDaemon, runningDaemon, someoneKeeps } from "../docker-daemon.mjs";
import { uninstallPackages } from "../docker-install.mjs";
import { root, state, work } from "../paths.mjs";
import { cache, places, prepare } from "../prepare.mjs";
import { Problem } from "../problem.mjs";
import { destroyStack, knownStacks, stacksUp } from "../stacks.mjs";

const flags = ["--docker", "--cache"];

/** Removes all of it: stacks, our dockerd and cluster, `.bluegreen/`; on request what apt has installed, and the cache. */
export async function clean({ args, progress }) {
  const unknown = args.filter((arg) => !flags.includes(arg));
  if (unknown.length > 0)
    throw new Problem(`clean does not know ${unknown.join(", ")}`, { fix: `it knows ${flags.join(", ")}` });
  const up = stacksUp(state);
  if (up.length > 0) await destroy(up, progress);
  keepDaemon(places, root, false);
  await leaveDaemon({ places });
  const done = [];
  const configs = stackConfigs(knownStacks(state));
  if (existsSync(work)) done.push(work);
  rmSync(work, { recursive: true, force: true });
  // They are bound to the passphrase that has just been removed: the next demo could not read them.
  for (const file of configs) rmSync(file);
  // Only now: the state of a stack that was on it kept it, too.
  if (await leaveCluster({ cache, progress, release: root })) done.push("the cluster");
  if (args.includes("--docker") || args.includes("--cache")) {
    refuseWhileUsed();
    await stopCluster({ cache, progress });
  }
  if (args.includes("--docker")) {
    const packages = await uninstallPackages({ cache, progress });
    done.push(
      packages.length > 0
        ? `Debian packages ${packages.join(", ")} (configuration and data of theirs, if any, stay)`
        : "no Debian packages (none were installed by us)",
    );
  }
  if (args.includes("--cache")) {
    rmSync(cache, { recursive: true, force: true });
    done.push(cache);
  }
  return { exit: 0, lines: [`removed: ${done.join("; ") || "nothing, it was clean"}`] };
}

/** Of stacks whose state is here; a stack that has its state elsewhere has nothing to do with us. */
export function stackConfigs(stacks, folder = join(root, "stacks")) {
  return stacks.map((name) => join(folder, `Pulumi.${name}.yaml`)).filter((file) => existsSync(file));
}

/** What a stack made lives in Docker or in a cluster, so it goes the way it came: through the engine. */
async function destroy(stacks, progress) {
  const cluster = stacks.some(({ onCluster }) => onCluster);
  const env = await prepare({ progress, docker: stacks.some(({ onCluster }) => !onCluster), cluster });
  if (cluster) Object.assign(env, (await useCluster({ cache, progress })).env);
  for (const { stack } of stacks) {
    const result = await progress.phase(`stack ${stack}: destroy`, () => destroyStack({ stack, cwd: root, env }));
    if (result.exit === 0) continue;
    throw new Problem(`stack ${stack} could not be destroyed, so nothing was removed`, {
      fix: [`npm run pulumi -- destroy --stack ${stack}`, `or give up what it made: rm -r ${work}`],
      detail: lastLines(result.stdout + result.stderr),
    });
  }
}

function refuseWhileUsed() {
  if (!runningDaemon(places)) return;
  const why = someoneKeeps(places) ? "a stack of another checkout is up on it" : "another run is using it";
  throw new Problem(`our dockerd is still running: ${why}`, { fix: `wait, or "npm run clean" there (${places.kept})` });
}
