// The start of the cluster, program by program, until its node is ready and its names resolve.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { join } from "node:path";
import {
  cniConfig,
  containerdConfig,
  corefile,
  dnsObjects,
  kubeconfig,
  kubeletConfig,
  programs,
  proxyConfig,
} from "./cluster-config.mjs";
import { makeNetwork } from "./cluster-network.mjs";
import { nodeName, ranges } from "./cluster-places.mjs";
import { programEnvironment, startProgram, waitForProgram } from "./cluster-processes.mjs";
import { makeCgroup } from "./cluster-sweep.mjs";
import { missingPackages } from "./docker-install.mjs";
import { findOnPath } from "./go.mjs";
import { Problem } from "./problem.mjs";
import { run } from "./processes.mjs";

const pluginFolders = ["/usr/lib/cni", "/opt/cni/bin"];

/** What a Debian lacks to run the cluster: package names. */
export function missingClusterPackages() {
  const missing = missingPackages({ needEngine: false });
  const needed = { containerd: "containerd", runc: "runc", iptables: "iptables", ip: "iproute2" };
  for (const [program, name] of Object.entries(needed))
    if (!findOnPath(program, programEnvironment)) missing.push(name);
  if (!cniPlugins()) missing.push("containernetworking-plugins");
  return missing;
}

const cniPlugins = () => pluginFolders.find((folder) => existsSync(join(folder, "ptp")));

/** From nothing: state and network must have been swept. @param options.importImages runs as soon as containerd does */
export async function startPrograms({ places, binaries, importImages, progress }) {
  const port = await freePort();
  const tokens = await writeState({ places, binaries, port });
  const all = programs({ places, port });
  const start = (name) => {
    const [command, args] =
      name === "containerd"
        ? [findOnPath("containerd", programEnvironment), all[name]]
        : [binaries.bed, [name, ...all[name]]];
    startProgram({ places, name, command, args });
  };
  const api = (path, body) => ask({ places, port, token: tokens.admin, path, body });
  const steps = [
    ["network", () => makeNetwork(places)],
    [
      "containerd and etcd",
      async () => {
        for (const name of ["containerd", "etcd"]) start(name);
        for (const [name, socket] of [
          ["containerd", places.containerdSocket],
          ["etcd", places.etcdSocket],
        ]) {
          const what = `${name} did not listen`;
          await waitForProgram({ places, name, what, ready: () => existsSync(socket), timeoutMs: 30_000 });
        }
      },
    ],
    [
      "API server",
      async () => {
        start("kube-apiserver");
        const ready = async () => (await api("/readyz")).status === 200;
        const [name, what] = ["kube-apiserver", "the API server did not get ready"];
        await Promise.all([waitForProgram({ places, name, what, ready }), importImages()]);
      },
    ],
    [
      "node and names",
      async () => {
        for (const name of Object.keys(all).slice(3)) start(name);
        for (const object of dnsObjects()) await create(api, object);
        const proxy = { places, name: "kube-proxy", what: "kube-proxy did not write its rules" };
        await waitForProgram({ ...proxy, ready: () => isWell(`http://${ranges.node}:10256/healthz`) });
        const names = { places, name: "coredns", what: "the cluster's DNS did not get ready" };
        await waitForProgram({ ...names, ready: () => isWell(`http://${ranges.node}:8181/ready`) });
        const node = { places, name: "kubelet", what: "the node did not get ready" };
        await waitForProgram({ ...node, ready: async () => isReady(await api(`/api/v1/nodes/${nodeName}`)) });
        const account = { places, name: "kube-controller-manager", what: "no service account was made" };
        const path = "/api/v1/namespaces/default/serviceaccounts/default";
        await waitForProgram({ ...account, ready: async () => (await api(path)).status === 200 });
      },
    ],
  ];
  for (const [title, step] of steps) await progress.phase(`cluster: ${title}`, step);
  // Whoever reads it finds a cluster that works.
  writeFileSync(`${places.kubeconfig}.new`, readFileSync(join(places.state, "admin.kubeconfig")), { mode: 0o600 });
  renameSync(`${places.kubeconfig}.new`, places.kubeconfig);
}

/** Whether the API server of that kubeconfig says it is ready; `detail` says why not. Works for any cluster. */
export async function answersReady({ kubectl, kubeconfig, context, timeoutMs = 5_000 }) {
  const flags = [`--kubeconfig=${kubeconfig}`, `--request-timeout=${timeoutMs}ms`];
  if (context) flags.push(`--context=${context}`);
  const result = await run(kubectl, [...flags, "get", "--raw", "/readyz"], { timeoutMs: timeoutMs + 2_000 });
  return { ready: result.exit === 0, detail: result.stderr.trim() };
}

/** Keys, tokens and configuration files. */
async function writeState({ places, binaries, port }) {
  const cni = join(places.state, "cni");
  for (const folder of [places.state, places.pki, places.kubelet, cni, join(places.state, "etcd")]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  makeCgroup(places);
  const names = ["127.0.0.1", "localhost", ranges.node, ranges.apiService, "kubernetes.default.svc"];
  const keys = await run(binaries.bed, ["pki", places.pki, ...names], { timeoutMs: 30_000 });
  if (keys.exit !== 0) throw new Problem("the cluster's keys could not be made", { detail: keys.stderr });
  const tokens = { admin: randomBytes(24).toString("hex"), kubelet: randomBytes(24).toString("hex") };
  const ca = readFileSync(join(places.pki, "ca.crt"));
  const server = `https://127.0.0.1:${port}`;
  const write = (name, text) => writeFileSync(join(places.state, name), text, { mode: 0o600 });
  write(
    "pki/tokens.csv",
    `${tokens.admin},admin,admin,system:masters\n${tokens.kubelet},system:node:${nodeName},kubelet,system:nodes\n`,
  );
  write("admin.kubeconfig", kubeconfig({ server, ca, token: tokens.admin }));
  write("kubelet.kubeconfig", kubeconfig({ server, ca, token: tokens.kubelet }));
  write("containerd.toml", containerdConfig({ places, cniPlugins: cniPlugins() }));
  write("cni/10-bed.conflist", cniConfig({ places }));
  write("kubelet.json", kubeletConfig({ places }));
  write("proxy.json", proxyConfig({ places }));
  write("Corefile", corefile({ places }));
  return tokens;
}

async function create(api, object) {
  const { namespace } = object.metadata;
  const group = object.apiVersion === "v1" ? "/api/v1" : `/apis/${object.apiVersion}`;
  const path = `${group}/namespaces/${namespace}/${object.kind.toLowerCase()}s`;
  const answer = await api(path, object);
  if (answer.status === 201 || answer.status === 409) return;
  throw new Problem(`the cluster took no ${object.kind} ${object.metadata.name}: ${answer.status}`, {
    detail: answer.text,
  });
}

/** A node that has just become ready keeps the taint of one that is not for a moment longer. */
function isReady({ status, text }) {
  if (status !== 200) return false;
  const node = JSON.parse(text);
  const ready = node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
  return ready && (node.spec?.taints ?? []).length === 0;
}

/** One request to our own API server; `status` 0 means no answer. */
function ask({ places, port, token, path, body }) {
  return new Promise((resolve) => {
    const outgoing = request({
      host: "127.0.0.1",
      port,
      path,
      method: body ? "POST" : "GET",
      ca: readFileSync(join(places.pki, "ca.crt")),
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      timeout: 5_000,
    });
    outgoing.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      response.on("close", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("timeout")));
    outgoing.on("error", (error) => resolve({ status: 0, text: error.message }));
    outgoing.end(body ? JSON.stringify(body) : undefined);
  });
}

async function isWell(url) {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

/** Below the ports of outgoing connections, one of which could take it before the API server does, and of node ports. */
export async function freePort() {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    if (await isFree(port)) return port;
  }
  throw new Problem("no free TCP port between 15000 and 30000");
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}
