import { clusterStatus, namedCluster, stopCluster, useCluster } from "../cluster.mjs";
import { ensureDependencies } from "../dependencies.mjs";
import { useIngressController } from "../ingress-controller.mjs";
import { cacheDirectory, root } from "../paths.mjs";
import { Problem } from "../problem.mjs";

const cache = cacheDirectory();
const usage = 'it is "cluster up [--ingress]", "cluster status" or "cluster down [--now]"';
const flagsOf = { up: ["--ingress"], status: [], down: ["--now"] };

/** A real Kubernetes cluster for demo and tests: up, status, down. One that was named is looked at, never changed. */
export async function cluster({ args, progress }) {
  const [action, ...flags] = args;
  if (!Object.hasOwn(flagsOf, action ?? "") || flags.some((flag) => !flagsOf[action].includes(flag))) {
    throw new Problem(`cluster does not know "${args.join(" ")}"`, { fix: usage });
  }
  if (action === "status") return status();
  if (action === "down") return down({ progress, evenIfUsed: flags.includes("--now") });
  return up({ progress, ingress: flags.includes("--ingress") });
}

async function up({ progress, ingress }) {
  const since = Date.now();
  await ensureDependencies(progress);
  const used = await useCluster({ cache, progress, keep: root });
  if (!used.own) {
    return { exit: 0, lines: ["BLUEGREEN_KUBECONFIG names a cluster that answers: nothing to start", used.kubeconfig] };
  }
  const controller = ingress ? await useIngressController({ cache, progress }) : {};
  const took = `${((Date.now() - since) / 1000).toFixed(1)} s`;
  progress.say(used.started ? `✔ the cluster is up, in ${took}` : `✔ the cluster was up already · ${took}`);
  progress.say(`  ${used.env.BLUEGREEN_KUBECTL} --kubeconfig ${used.kubeconfig} get nodes`);
  if (ingress) {
    const { BLUEGREEN_INGRESS_URL: url, BLUEGREEN_INGRESS_CLASS: name } = controller;
    progress.say(`  ingress controller: ${url} for Ingresses of class ${name}`);
  }
  progress.say("  npm run cluster -- down");
  return { exit: 0, lines: [used.kubeconfig] };
}

async function down({ progress, evenIfUsed }) {
  if (namedCluster({ cache })) {
    return { exit: 0, lines: ["BLUEGREEN_KUBECONFIG names a cluster that is none of the bed's: nothing to stop"] };
  }
  const stopped = await stopCluster({ cache, progress, evenIfUsed });
  return { exit: 0, lines: [stopped ? "the cluster is down, and its state removed" : "there was no cluster"] };
}

/** Exit code 0: it is up. 3, as of services that are stopped: it is not. */
async function status() {
  const { named, programs, kept, users, kubeconfig, logs } = await clusterStatus({ cache });
  if (named) return { exit: 0, lines: [`named by BLUEGREEN_KUBECONFIG: ${named.kubeconfig}`] };
  const names = Object.keys(programs);
  const ended = names.filter((name) => programs[name] === undefined);
  const up = names.length > 0 && ended.length === 0;
  const state = up ? "up" : names.length > 0 ? "broken: some of its programs have ended" : "down";
  const why = [...kept.map((path) => `kept up for ${path}`), ...users.map((pid) => `used by process ${pid}`)];
  const lines = [
    `cluster: ${state}${why.length > 0 ? ` (${why.join(", ")})` : ""}`,
    ...names.map((name) => `  ${name.padEnd(24)} ${programs[name] ? `pid ${programs[name]}` : "has ended"}`),
    ...(up ? [`kubeconfig: ${kubeconfig}`] : []),
    ...(names.length > 0 ? [`logs: ${logs}`] : []),
  ];
  return { exit: up ? 0 : 3, lines };
}
