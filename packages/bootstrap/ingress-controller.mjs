// Traefik as the cluster's ingress controller, for tests of ingress(): built from its Go module, run as a process of the
// host, which reaches pods at their addresses. It comes only when it is asked for, and goes with the cluster.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { namedCluster } from "./cluster.mjs";
import { ensureClusterBinaries } from "./cluster-binaries.mjs";
import { clusterPlaces } from "./cluster-places.mjs";
import { startedPrograms, startProgram, waitForProgram } from "./cluster-processes.mjs";
import { freePort } from "./cluster-start.mjs";
import { buildBeside, copyModule, downloadModule, goStep, requireGo } from "./go.mjs";
import { withLock } from "./lock.mjs";
import { root } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { run } from "./processes.mjs";

const version = "3.5.3";
const module = `github.com/traefik/traefik/v3@v${version}`;
const lego = "github.com/go-acme/lego/v4";
const leftOut = (name) => join(root, "packages/bootstrap/ingress-controller/left-out", `${name}.go`);
const className = "traefik";

/** @returns {Promise<string>} the program, in the cache */
export async function ensureIngressController({ cache, progress, env = process.env }) {
  const target = join(cache, `traefik-${version}`, "traefik");
  if (existsSync(target)) return target;
  const title = `Traefik ${version}: building from Go modules (about 4 min, once)`;
  await progress.phase(title, (phase) =>
    withLock(`${dirname(target)}.lock`, () => (existsSync(target) ? undefined : build(target, env)), {
      onWait: (pid) => phase.title(`${title}, process ${pid} does it`),
    }),
  );
  return target;
}

async function build(target, env) {
  const go = requireGo(env, "Traefik");
  await buildBeside(target, async (folder, output) => {
    const { Dir: source } = await downloadModule(go, module, folder, env);
    const copy = join(folder, "source");
    // Clients of dozens of clouds, more than half of what would be compiled.
    await copyModule(source, copy, { "pkg/provider/ecs": leftOut("ecs") }, env);
    const [, legoVersion] = new RegExp(`${lego} (v\\S+)`).exec(readFileSync(join(copy, "go.mod"), "utf8"));
    const { Dir: legoSource } = await downloadModule(go, `${lego}@${legoVersion}`, folder, env);
    const legoCopy = join(folder, "lego");
    await copyModule(legoSource, legoCopy, { "providers/dns/zz_gen_dns_providers.go": leftOut("dns") }, env);
    await goStep(go, ["mod", "edit", "-replace", `${lego}=${legoCopy}`], copy, env);
    await goStep(go, ["build", "-trimpath", "-ldflags", "-s -w", "-o", output, "./cmd/traefik"], copy, env);
  });
}

/**
 * Starts the controller on the cluster of the bed's own, which this process must be a user of, unless it runs. A cluster
 * that was named is left as it is: whoever names it says where its controller is, too.
 * @returns {Promise<Record<string, string>>} what a child needs to use it
 */
export async function useIngressController({ cache, progress, env = process.env }) {
  if (namedCluster({ cache, env })) return {};
  const program = await ensureIngressController({ cache, progress, env });
  const { kubectl } = await ensureClusterBinaries({ cache, progress, env });
  const places = clusterPlaces(cache);
  const address = join(places.state, "ingress-address");
  const url = await withLock(places.lock, async () => {
    const runs = startedPrograms(places).traefik !== undefined && existsSync(address);
    if (!runs) await progress.phase("cluster: ingress controller", () => start({ places, program, kubectl, address }));
    return readFileSync(address, "utf8");
  });
  return { BLUEGREEN_INGRESS_URL: url, BLUEGREEN_INGRESS_CLASS: className };
}

async function start({ places, program, kubectl, address }) {
  const listen = `127.0.0.1:${await freePort()}`;
  const write = (name, content) => {
    const file = join(places.state, name);
    writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
    return file;
  };
  const kubeconfig = join(places.state, "admin.kubeconfig");
  const ingressClass = write("ingress-class.json", {
    apiVersion: "networking.k8s.io/v1",
    kind: "IngressClass",
    metadata: { name: className },
    spec: { controller: "traefik.io/ingress-controller" },
  });
  const made = await run(kubectl, [`--kubeconfig=${kubeconfig}`, "apply", "-f", ingressClass], { timeoutMs: 30_000 });
  if (made.exit !== 0) throw new Problem("the cluster took no IngressClass", { detail: made.stderr });
  // Everything else is as Traefik's users have it: above all providersThrottleDuration, by which it follows changes.
  const configuration = write("traefik.yml", {
    entryPoints: { web: { address: listen } },
    providers: { kubernetesIngress: { ingressClass: className } },
    global: { checkNewVersion: false, sendAnonymousUsage: false },
    log: { level: "WARN" },
  });
  const name = "traefik";
  const args = [`--configfile=${configuration}`];
  startProgram({ places, name, command: program, args, env: { KUBECONFIG: kubeconfig } });
  const url = `http://${listen}`;
  await waitForProgram({ places, name, what: "the ingress controller did not listen", ready: () => answers(url) });
  writeFileSync(address, url);
}

/** An error of its own is an answer, too. */
async function answers(url) {
  try {
    await fetch(url, { signal: AbortSignal.timeout(2_000) });
    return true;
  } catch {
    return false;
  }
}
