// From a clean clone to everything a verb needs, in order; a second time it only looks.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { leaveCluster } from "./cluster.mjs";
import { ensureCompiled, ensureDependencies } from "./dependencies.mjs";
import { daemonPlaces, keepDaemon, keepsDaemon, leaveDaemon, useDaemon } from "./docker-daemon.mjs";
import { findDockerEngine } from "./docker-engine.mjs";
import { installPackages, missingPackages } from "./docker-install.mjs";
import { childEnvironment, ensurePassphrase } from "./environment.mjs";
import { ensureImages } from "./images.mjs";
import { withLock } from "./lock.mjs";
import { bin, cacheDirectory, modules, node24, passphraseFile, pulumiHome, root, state, work } from "./paths.mjs";
import { chooseEngine } from "./pulumi-engine.mjs";
import { installPlugins } from "./pulumi-plugins.mjs";
import { removeLeftovers, stacksUp } from "./stacks.mjs";

const cache = cacheDirectory();
const places = daemonPlaces(cache);
let prepared;

/**
 * @param options.compile `test` compiles by itself, and counts the errors
 * @returns the environment for children
 */
export async function prepare({ progress, compile = true, images = true }) {
  const since = Date.now();
  // One bootstrap at a time in a checkout: two must not install into the same folders.
  const lock = join(work, "bootstrap.lock");
  const onWait = (pid) => progress.say(`▸ waiting for the bootstrap of process ${pid} in this checkout …`);
  const plugins = await withLock(
    lock,
    async () => {
      await ensureDependencies(progress);
      if (compile) await ensureCompiled(progress);
      return pulumi(progress);
    },
    { onWait },
  );
  const dockerHost = await docker(progress);
  const env = childEnvironment({
    base: process.env,
    root,
    node: node24,
    dockerHost,
    engineInfo: plugins.info,
    ...plugins,
  });
  prepared = env;
  if (images) await withLock(join(cache, "images.lock"), () => ensureImages({ cache, progress, env }));
  const own = dockerHost === `unix://${places.socket}` ? "our own dockerd" : "present";
  progress.say(
    `✔ ready in ${((Date.now() - since) / 1000).toFixed(1)} s · ${plugins.info} · Docker Engine: ${own}, ${dockerHost}`,
  );
  return env;
}

async function pulumi(progress) {
  ensurePassphrase(passphraseFile);
  for (const folder of [state, pulumiHome]) mkdirSync(folder, { recursive: true });
  const launcher = join(modules, "pulumi", "run.js");
  const { version } = JSON.parse(readFileSync(join(modules, "pulumi", "package.json"), "utf8"));
  const engine = await chooseEngine({ version, launcher, cache, progress });
  return installPlugins({ engine, bin, pulumiHome, cache, progress, env: process.env });
}

async function docker(progress) {
  const present = await findDockerEngine();
  const packages = missingPackages({ needEngine: !present });
  await installPackages({ packages, cache, progress });
  return present ?? (await serviceOfPackage(packages)) ?? useDaemon({ places, progress });
}

/** Where there is a service manager, the Debian package has started a dockerd of the system. */
async function serviceOfPackage(packages) {
  if (!packages.includes("docker.io") || !existsSync("/run/systemd/system")) return undefined;
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const host = await findDockerEngine();
    if (host) return host;
    await sleep(500);
  }
  return undefined;
}

/**
 * After a verb: takes down what it has left, and ends our daemon with its last user, unless a stack shall stay up.
 * @param options.verb only `demo` makes stacks of the checkout itself; another verb beside it must not take them down
 * @param options.keepStacks what is up stays up; what an earlier run has kept stays in any case
 */
export async function finish({ verb, keepStacks, progress }) {
  const keep = keepStacks || keepsDaemon(places, root);
  if (prepared) await removeLeftovers({ env: prepared, progress, main: verb === "demo" && !keep });
  keepDaemon(places, root, keep && stacksUp(state).length > 0);
  const stopped = await leaveDaemon({ places });
  if (stopped) progress.say("✔ our own dockerd stopped");
  if (await leaveCluster({ cache, progress })) progress.say("✔ the cluster stopped");
}

export { cache, places };
