// The cluster's place in this machine's network: one bridge without ports, routes, a few rules; and all of it away again.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ranges } from "./cluster-places.mjs";
import { programEnvironment } from "./cluster-processes.mjs";
import { kubeletSocket } from "./cluster-sweep.mjs";
import { findOnPath } from "./go.mjs";
import { Problem } from "./problem.mjs";
import { run } from "./processes.mjs";

/** How long connection tracking remembers who asked and was not answered. */
const unanswered = "net/netfilter/nf_conntrack_tcp_timeout_syn_sent";
/** What kubelet, kube-proxy and we change in the kernel. Forwarding stays on: a Docker Engine may have come to need it. */
const sysctls = [
  unanswered,
  "net/ipv4/conf/all/route_localnet",
  "vm/overcommit_memory",
  "vm/panic_on_oom",
  "kernel/panic",
  "kernel/panic_on_oops",
  "kernel/keys/root_maxkeys",
  "kernel/keys/root_maxbytes",
];
const families = ["iptables", "ip6tables"];
const tables = ["filter", "nat", "mangle", "raw"];

const tool = (command, args) =>
  run(command, args, { env: programEnvironment, timeoutMs: 30_000, evenIfInterrupted: true });

/** @throws Problem where another cluster has these addresses, or another node works on this machine */
export async function refuseIfTaken(places) {
  const addresses = await tool("ip", ["-o", "-4", "addr", "show"]);
  const other = /^\d+: (\S+) .* 198\.19\.\d+\.\d+\//m.exec(addresses.stdout)?.[1];
  if (other && other !== places.bridge && !existsSync(places.sysctls)) {
    throw new Problem(`the network device ${other} has an address in 198.19.0.0/16, which the bed's cluster needs`, {
      fix: "does another user of this machine run a bed? stop that one first, or name its kubeconfig: BLUEGREEN_KUBECONFIG=/path",
    });
  }
  if (existsSync(places.sysctls)) return; // Those rules are ours: from a cluster that was killed.
  const rules = await tool("iptables-save", []);
  if (/^:KUBE-(PROXY-CANARY|SERVICES) /m.test(rules.stdout) || (await listens(kubeletSocket))) {
    throw new Problem("a Kubernetes node is at work on this machine already, and there can be one only", {
      fix: "use that cluster instead: BLUEGREEN_KUBECONFIG=/path/to/its/kubeconfig (the bed changes nothing of it)",
    });
  }
}

/** Idempotent. A packet to a service never leaves this machine: its range is routed to a bridge that leads nowhere. */
export async function makeNetwork(places) {
  if (!existsSync(places.sysctls)) writeFileSync(places.sysctls, JSON.stringify(readSysctls()));
  // Who asks a node port over loopback before anybody stands behind it is refused, and then again for as long as this
  // remembers it, whenever a connection gets the same local port: two minutes, unless a second is enough.
  writeSysctls({ [unanswered]: "1" });
  await must("ip", ["link", "add", "name", places.bridge, "type", "bridge"]);
  await must("ip", ["addr", "add", `${ranges.node}/32`, "dev", places.bridge]);
  await must("ip", ["link", "set", places.bridge, "up"]);
  for (const range of [ranges.services, ranges.pods]) await must("ip", ["route", "add", range, "dev", places.bridge]);
  // Docker sets the policy of FORWARD to DROP; pods are routed.
  const chain = chainName(places);
  await must("iptables", ["-w", "-N", chain]);
  for (const direction of ["-s", "-d"])
    await must("iptables", ["-w", "-A", chain, direction, ranges.pods, "-j", "ACCEPT"]);
  await must("iptables", ["-w", "-A", "FORWARD", "-j", chain]);
}

/** After kube-proxy has ended. Takes away what is there, and minds nothing that is not. */
export async function removeNetwork(places) {
  if (existsSync(places.sysctls)) {
    const mine = (chain) => chain.startsWith("KUBE-") || chain === chainName(places);
    for (const family of families) await removeChains(family, mine);
    writeSysctls(JSON.parse(readFileSync(places.sysctls, "utf8")));
  }
  for (const device of await podDevices()) await tool("ip", ["link", "del", device]);
  const bridge = await tool("ip", ["link", "show", places.bridge]);
  if (bridge.exit === 0) await must("ip", ["link", "del", places.bridge]);
  rmSync(places.sysctls, { force: true });
}

/** Whose processes were killed keep their devices for as long as something holds their namespace. */
async function podDevices() {
  const routes = await tool("ip", ["-4", "route", "show", "root", ranges.pods]);
  return [...routes.stdout.matchAll(/^\S+ dev (veth\S+) /gm)].map((match) => match[1]);
}

async function removeChains(family, mine) {
  if (!findOnPath(`${family}-restore`, programEnvironment)) return;
  const saved = await tool(`${family}-save`, []);
  const text = restoreWithout(saved.stdout, mine);
  if (text === "") return;
  const folder = mkdtempSync(join(tmpdir(), "bluegreen-rules-"));
  const file = join(folder, family);
  writeFileSync(file, text);
  const result = await tool(`${family}-restore`, ["-w", "--noflush", file]);
  rmSync(folder, { recursive: true, force: true });
  if (result.exit !== 0) throw new Problem(`${family}-restore ended with ${result.exit}`, { detail: result.stderr });
}

/**
 * What `iptables-restore --noflush` needs to take these chains away, and the rules elsewhere that lead to them.
 * @param saved the output of `iptables-save`
 */
export function restoreWithout(saved, mine) {
  const lines = [];
  for (const table of tables) {
    const body = new RegExp(`^\\*${table}$([\\s\\S]*?)^COMMIT$`, "m").exec(saved)?.[1] ?? "";
    const chains = [...body.matchAll(/^:(\S+) /gm)].map((match) => match[1]).filter(mine);
    const leading = [...body.matchAll(/^-A (\S+) .*-[jg] (\S+).*$/gm)].filter(
      ([, from, to]) => !mine(from) && mine(to),
    );
    if (chains.length + leading.length === 0) continue;
    lines.push(`*${table}`);
    // Declaring a chain empties it; only then can it be deleted, whoever leads to whom.
    lines.push(...chains.map((chain) => `:${chain} - [0:0]`));
    lines.push(...leading.map(([rule]) => rule.replace(/^-A/, "-D")));
    lines.push(...chains.map((chain) => `-X ${chain}`), "COMMIT");
  }
  return lines.length > 0 ? `${lines.join("\n")}\n` : "";
}

function listens(path) {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on("connect", () => {
      resolve(true);
      socket.destroy();
    });
    socket.on("error", () => resolve(false));
  });
}

const chainName = (places) => places.id.toUpperCase();

function readSysctls() {
  const there = sysctls.filter((name) => existsSync(`/proc/sys/${name}`));
  return Object.fromEntries(there.map((name) => [name, readFileSync(`/proc/sys/${name}`, "utf8").trim()]));
}

function writeSysctls(values) {
  for (const [name, value] of Object.entries(values)) {
    try {
      writeFileSync(`/proc/sys/${name}`, value);
    } catch {
      // Read-only in this container; then nobody has changed it either.
    }
  }
}

async function must(command, args) {
  const result = await tool(command, args);
  if (result.exit === 0) return;
  throw new Problem(`"${command} ${args.join(" ")}" ended with ${result.exit}`, {
    fix: "are you root, and are iproute2 and iptables installed?",
    detail: result.stderr,
  });
}
