// From a clean clone to everything a verb needs, in order; a second time it only looks.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { leaveCluster } from "./cluster.mjs";
import { keepers, stateFile } from "./cluster-keepers.mjs";
import { clusterPlaces } from "./cluster-places.mjs";
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
 * @param options.docker what runs on a cluster alone needs no Docker Engine
 * @param options.cluster what runs on a cluster needs the Kubernetes plugin
 * @returns the environment for children
 */
export async function prepare({ progress, compile = true, docker = true, cluster = false }) {
  const since = Date.now();
  // One bootstrap at a time in a checkout: two must not install into the same folders.
  const lock = join(work, "bootstrap.lock");
  const onWait = (pid) => progress.say(`▸ waiting for the bootstrap of process ${pid} in this checkout …`);
  const plugins = await withLock(
    lock,
    async () => {
      await ensureDependencies(progress);
      if (compile) await ensureCompiled(progress);
      return pulumi(progress, cluster);
    },
    { onWait },
  );
  const dockerHost = docker ? await dockerEngine(progress) : undefined;
  const env = childEnvironment({
    base: process.env,
    root,
    node: node24,
    dockerHost,
    kubeconfig: process.env.BLUEGREEN_KUBECONFIG || clusterPlaces(cache).kubeconfig,
    engineInfo: plugins.info,
    ...plugins,
  });
  prepared = env;
  if (docker) await withLock(join(cache, "images.lock"), () => ensureImages({ cache, progress, env }));
  const own = dockerHost === `unix://${places.socket}` ? "our own dockerd" : "present";
  const engine = docker ? ` · Docker Engine: ${own}, ${dockerHost}` : "";
  progress.say(`✔ ready in ${((Date.now() - since) / 1000).toFixed(1)} s · ${plugins.info}${engine}`);
  return env;
}

async function pulumi(progress, cluster) {
  ensurePassphrase(passphraseFile);
  for (const folder of [state, pulumiHome]) mkdirSync(folder, { recursive: true });
  const launcher = join(modules, "pulumi", "run.js");
  // The launcher's registry gets each release late or never; the Go modules' has it as early as the SDK's.
  const [{ version }, { version: sdkVersion }] = ["pulumi", "@pulumi/pulumi"].map((name) =>
    JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8")),
  );
  const engine = await chooseEngine({ version, sdkVersion, launcher, cache, progress });
  return installPlugins({ engine, bin, pulumiHome, cache, progress, env: process.env, cluster });
}

async function dockerEngine(progress) {
  const present = await findDockerEngine();
  await installPackages({ packages: missingPackages({ needEngine: !present }), cache, progress });
  return present ?? useDaemon({ places, progress });
}

/**
 * After a verb: takes down what it has left, and ends dockerd and cluster of our own with their last user, unless a
 * stack shall stay up.
 * @param options.demo its options: only `demo` makes a stack of the checkout itself
 * @param options.keepStacks what is up stays up; what an earlier run has kept stays in any case
 */
export async function finish({ demo, keepStacks, progress }) {
  const keep = { docker: keepStacks || keepsDaemon(places, root), cluster: keepStacks || keepsCluster() };
  const main = demo && !(demo.onCluster ? keep.cluster : keep.docker) ? demo.stack : undefined;
  if (prepared) await removeLeftovers({ env: prepared, progress, main });
  keepDaemon(places, root, keep.docker && stacksUp(state).some(({ onCluster }) => !onCluster));
  const stopped = await leaveDaemon({ places });
  if (stopped) progress.say("✔ our own dockerd stopped");
  const kept = stacksUp(state).find(({ onCluster }) => onCluster);
  const left = await leaveCluster({ cache, progress, ...(keep.cluster && kept ? { keep: stateFile(kept) } : {}) });
  if (left) progress.say("✔ the cluster stopped");
}

/** A stack of this checkout keeps it. */
const keepsCluster = () => keepers(clusterPlaces(cache)).some((path) => path.startsWith(`${state}/`));

export { cache, places };
