// The bed's Kubernetes cluster: one that is named, or our own, started by its first user and ended with its last.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ensureClusterBinaries } from "./cluster-binaries.mjs";
import { importBedImages } from "./cluster-images.mjs";
import { addKeeper, keepers, removeKeeper } from "./cluster-keepers.mjs";
import { refuseIfTaken, removeNetwork } from "./cluster-network.mjs";
import { clusterPlaces } from "./cluster-places.mjs";
import { endPrograms, startedPrograms } from "./cluster-processes.mjs";
import { answersReady, missingClusterPackages, startPrograms } from "./cluster-start.mjs";
import { sweep } from "./cluster-sweep.mjs";
import { installPackages, isDebian } from "./docker-install.mjs";
import { findOnPath } from "./go.mjs";
import { withLock } from "./lock.mjs";
import { ensurePrivate } from "./private-folder.mjs";
import { Problem } from "./problem.mjs";
import { isAlive, processIdentity } from "./processes.mjs";

/** The order in which an orderly end goes: first who writes, last what is written to. */
const inOrderOfEnd = [
  ["traefik", "kubelet", "kube-proxy", "coredns", "forward", "kube-controller-manager", "kube-scheduler"],
  ["kube-apiserver"],
  ["etcd", "containerd"],
];

/**
 * The cluster that BLUEGREEN_KUBECONFIG names, never one that nobody told us to use. Our own may be named, too.
 * @returns {{ kubeconfig: string, context?: string } | undefined}
 */
export function namedCluster({ cache, env = process.env }) {
  const kubeconfig = env.BLUEGREEN_KUBECONFIG;
  if (!kubeconfig || resolve(kubeconfig) === clusterPlaces(cache).kubeconfig) return undefined;
  if (!existsSync(kubeconfig)) {
    throw new Problem(`BLUEGREEN_KUBECONFIG is "${kubeconfig}", and there is no such file`, {
      fix: "correct it, or unset it to use a cluster of the bed's own",
    });
  }
  const context = env.BLUEGREEN_KUBECONTEXT;
  return context ? { kubeconfig, context } : { kubeconfig };
}

/**
 * Counts this process as a user of the cluster and starts it if nobody has.
 * @param options.keep a path: the cluster stays after this process for as long as that exists, or until `down`
 * @returns {Promise<{ kubeconfig: string, own: boolean, started: boolean, env: Record<string, string> }>}
 *   `env`: what a child needs to use it
 */
export async function useCluster({ cache, progress, keep, env = process.env }) {
  const named = namedCluster({ cache, env });
  const binaries = named ? undefined : await ensureOwn({ cache, progress, env });
  if (named) {
    const kubectl = findOnPath("kubectl", env) ?? (await ensureClusterBinaries({ cache, progress, env })).kubectl;
    const { ready, detail } = await answersReady({ kubectl, ...named });
    if (!ready) {
      throw new Problem(`the cluster that BLUEGREEN_KUBECONFIG names does not answer: ${detail}`, {
        fix: `try: ${kubectl} --kubeconfig=${named.kubeconfig} get --raw /readyz`,
      });
    }
    return { ...named, own: false, started: false, env: childVariables({ ...named, kubectl }) };
  }
  const places = clusterPlaces(cache);
  const onWait = (pid) => progress.say(`▸ waiting for process ${pid}, which starts or stops the cluster …`);
  return withLock(
    places.lock,
    async () => {
      const running = await isRunning(places, binaries);
      if (!running) await startAnew({ places, binaries, cache, progress });
      else await importBedImages({ cache, places, binaries, progress });
      if (keep) addKeeper(places, keep);
      else register(places);
      return { ...own(places, binaries), started: !running };
    },
    { onWait },
  );
}

/**
 * This process needs it no longer. The last one stops it, unless something keeps it.
 * @param options.keep a path that keeps it from now on
 * @param options.release one that doesn't any more; then it may stop though this process did not use it
 * @returns whether it stopped
 */
export async function leaveCluster({ cache, progress, keep, release }) {
  const places = clusterPlaces(cache);
  const user = join(places.users, `${process.pid}`);
  if (!existsSync(user) && !(release && existsSync(places.kept))) return false;
  return withLock(
    places.lock,
    async () => {
      if (keep) addKeeper(places, keep);
      if (release) removeKeeper(places, release);
      rmSync(user, { force: true });
      if (keepers(places).length > 0 || clusterUsers(places).length > 0) return false;
      await progress.phase("cluster: stopping", () => removeEverything(places));
      return true;
    },
    { evenIfInterrupted: true },
  );
}

/** Stops it and removes its state, whoever started it. @returns whether there was something */
export async function stopCluster({ cache, progress, evenIfUsed = false }) {
  const places = clusterPlaces(cache);
  if (!existsSync(places.home)) return false;
  return withLock(
    places.lock,
    async () => {
      const users = clusterUsers(places);
      if (users.length > 0 && !evenIfUsed) {
        throw new Problem(`the cluster is used by process ${users.join(", ")}`, {
          fix: ["wait for that run to end", "or take it away from it: npm run cluster -- down --now"],
        });
      }
      const something = existsSync(places.state) || existsSync(places.sysctls) || existsSync(places.kept);
      await progress.phase("cluster: stopping", () => removeEverything(places));
      return something;
    },
    { evenIfInterrupted: true },
  );
}

/** What is there, without changing anything. */
export async function clusterStatus({ cache, env = process.env }) {
  const named = namedCluster({ cache, env });
  const places = clusterPlaces(cache);
  const programs = startedPrograms(places);
  const kept = keepers(places);
  return { named, programs, kept, users: clusterUsers(places), kubeconfig: places.kubeconfig, logs: places.logs };
}

async function ensureOwn({ cache, progress, env }) {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    throw new Problem("a cluster of the bed's own needs Linux and root", {
      fix: "name a cluster that is there: BLUEGREEN_KUBECONFIG=/path/to/kubeconfig (BLUEGREEN_KUBECONTEXT=name)",
    });
  }
  const packages = missingClusterPackages();
  if (packages.length > 0 && !isDebian()) {
    throw new Problem(`this machine lacks ${packages.join(", ")} to run a cluster of the bed's own`, {
      fix: ["install them (these are Debian's names)", "or name a cluster that is there: BLUEGREEN_KUBECONFIG=/path"],
    });
  }
  await installPackages({ packages, cache, progress });
  return ensureClusterBinaries({ cache, progress, env });
}

async function isRunning(places, binaries) {
  // Without the ingress controller it is still a cluster.
  const { traefik: _, ...programs } = startedPrograms(places);
  const pids = Object.values(programs);
  if (!existsSync(places.kubeconfig) || pids.length < 9 || pids.includes(undefined)) return false;
  return (await answersReady({ kubectl: binaries.kubectl, kubeconfig: places.kubeconfig })).ready;
}

async function startAnew({ places, binaries, cache, progress }) {
  await refuseIfTaken(places);
  mkdirSync(places.home, { recursive: true, mode: 0o700 });
  ensurePrivate(places.around);
  const killed = existsSync(places.state) || existsSync(places.sysctls);
  if (killed) await progress.phase("cluster: removing what a killed one has left", () => removeEverything(places));
  const importImages = () => importBedImages({ cache, places, binaries, progress });
  try {
    await startPrograms({ places, binaries, importImages, progress });
  } catch (error) {
    // Its logs stay. What cannot be removed now is for the next start or `down`; the first error is the one to tell.
    await removeEverything(places).catch((second) => progress.say(`  cleaning up: ${second.message}`));
    throw error;
  }
}

async function removeEverything(places) {
  if (existsSync(places.state)) ensurePrivate(places.around);
  rmSync(places.kept, { force: true });
  rmSync(places.kubeconfig, { force: true });
  for (const names of inOrderOfEnd) await endPrograms({ places, names, patienceMs: 3_000 });
  await endPrograms({ places });
  await sweep(places);
  await removeNetwork(places);
}

function own(places, { kubectl }) {
  const { kubeconfig, containerdSocket } = places;
  return { kubeconfig, own: true, env: childVariables({ kubeconfig, kubectl, containerdSocket }) };
}

function childVariables({ kubeconfig, context, kubectl, containerdSocket }) {
  return {
    BLUEGREEN_KUBECONFIG: kubeconfig,
    BLUEGREEN_KUBECTL: kubectl,
    ...(context ? { BLUEGREEN_KUBECONTEXT: context } : {}),
    ...(containerdSocket ? { BLUEGREEN_CONTAINERD: containerdSocket } : {}),
  };
}

function register(places) {
  mkdirSync(places.users, { recursive: true });
  writeFileSync(join(places.users, `${process.pid}`), processIdentity(process.pid));
}

/** Pids of the living users other than this process. */
function clusterUsers(places) {
  const alive = [];
  for (const name of existsSync(places.users) ? readdirSync(places.users) : []) {
    const file = join(places.users, name);
    if (!isAlive(readFileSync(file, "utf8"))) rmSync(file, { force: true });
    else if (name !== `${process.pid}`) alive.push(Number(name));
  }
  return alive;
}
