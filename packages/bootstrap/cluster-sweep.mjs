// Takes away what the cluster's pods have on this machine. The same road after an orderly end and after a killed one.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { programEnvironment } from "./cluster-processes.mjs";
import { Problem } from "./problem.mjs";
import { isAlive, processIdentity, run } from "./processes.mjs";

const cgroups = "/sys/fs/cgroup";
/** Every kubelet listens here for device plugins. */
export const kubeletSocket = "/var/lib/kubelet/device-plugins/kubelet.sock";

/** All programs must have ended. Leaves no process, mount, cgroup, socket or file of the cluster's state. */
export async function sweep(places) {
  const shims = shimsOf(places);
  for (const folder of cgroupFolders(places)) await killAll(pidsBelow(folder));
  await killAll(shims);
  await unmountBelow(places.state);
  for (const folder of cgroupFolders(places)) removeCgroup(folder);
  for (const socket of shimSockets(places)) rmSync(socket, { force: true });
  removeTraces(places);
  if (mountsBelow(places.state).length > 0) {
    throw new Problem(`something is still mounted below ${places.state}`, {
      fix: "is a shell or another process in there? end it and try again",
      detail: mountsBelow(places.state).join("\n"),
    });
  }
  rmSync(places.state, { recursive: true, force: true });
}

/** The cgroup that all pods are in: what is in there is the cluster's, whoever started it. */
export function makeCgroup(places) {
  for (const root of cgroupRoots()) {
    mkdirSync(join(root, places.cgroup), { recursive: true });
    if (root === cgroups) enableControllers();
  }
}

/** One root a controller in version 1, a single one in version 2. */
function cgroupRoots() {
  if (existsSync(join(cgroups, "cgroup.controllers"))) return [cgroups];
  const hierarchies = readdirSync(cgroups, { withFileTypes: true });
  return hierarchies.filter((entry) => entry.isDirectory()).map((entry) => join(cgroups, entry.name));
}

function enableControllers() {
  for (const name of readFileSync(join(cgroups, "cgroup.controllers"), "utf8").trim().split(" ")) {
    try {
      writeFileSync(join(cgroups, "cgroup.subtree_control"), `+${name}`);
    } catch {
      // Not for us to decide in this container; the kubelet says what it misses.
    }
  }
}

const cgroupFolders = (places) =>
  existsSync(cgroups)
    ? cgroupRoots()
        .map((root) => join(root, places.cgroup))
        .filter((folder) => existsSync(folder))
    : [];

function pidsBelow(folder) {
  try {
    const own = readFileSync(join(folder, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
    return [...own, ...foldersIn(folder).flatMap((child) => pidsBelow(child))];
  } catch (error) {
    // Somebody else's goes when its last process does.
    if (error.code === "ENOENT" || error.code === "ENODEV") return [];
    throw error;
  }
}

function removeCgroup(folder) {
  for (const child of foldersIn(folder)) removeCgroup(child);
  try {
    rmdirSync(folder);
  } catch {
    // A zombie that nobody reaps holds it; it is empty, and used again at the next start.
  }
}

const foldersIn = (folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name));

/** Containerd's shims outlive it; each carries the address of its containerd among its arguments. */
function shimsOf(places) {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(places.containerdSocket);
    } catch {
      return false;
    }
  });
}

async function killAll(pids) {
  const identities = pids.map((pid) => processIdentity(pid)).filter(Boolean);
  for (const identity of identities) {
    try {
      process.kill(Number.parseInt(identity, 10), "SIGKILL");
    } catch {
      // Has ended meanwhile.
    }
  }
  const deadline = Date.now() + 10_000;
  while (identities.some((identity) => isAlive(identity)) && Date.now() < deadline) await sleep(20);
}

function mountsBelow(folder) {
  const lines = readFileSync("/proc/self/mounts", "utf8").split("\n");
  return lines.map((line) => line.split(" ")[1] ?? "").filter((path) => path.startsWith(`${folder}/`));
}

/** The innermost first. A lazy one for what a zombie still holds. */
async function unmountBelow(folder) {
  const settings = { env: programEnvironment, timeoutMs: 30_000, evenIfInterrupted: true };
  for (const flags of [[], ["-l"]]) {
    const paths = mountsBelow(folder).reverse();
    if (paths.length > 0) await run("umount", [...flags, ...paths], settings);
  }
}

function shimSockets(places) {
  const folder = join(places.containerdState, "io.containerd.runtime.v2.task", "k8s.io");
  return listed(folder)
    .map((id) => join(folder, id, "address"))
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, "utf8").replace(/^unix:\/\//, ""))
    .filter((socket) => socket.startsWith("/run/containerd/s/"));
}

/** What kubelet and the network plugins leave at places that cannot be configured. */
function removeTraces(places) {
  const results = "/var/lib/cni/results";
  for (const file of listed(results).map((name) => join(results, name))) {
    if (readFileSync(file, "utf8").includes(`${places.state}/`)) rmSync(file, { force: true });
  }
  const links = "/var/log/containers";
  for (const file of listed(links).map((name) => join(links, name))) {
    if (lstatSync(file).isSymbolicLink() && readlinkSync(file).startsWith(`${places.state}/`)) rmSync(file);
  }
  if (!existsSync(places.sysctls)) return; // Our kubelet did not run: that socket is another's.
  rmSync(kubeletSocket, { force: true });
  for (const folder of [dirname(kubeletSocket), dirname(dirname(kubeletSocket)), links, results, dirname(results)]) {
    try {
      rmdirSync(folder);
    } catch {
      // Not there, or somebody else has something in it.
    }
  }
}

function listed(folder) {
  return existsSync(folder) ? readdirSync(folder) : [];
}
