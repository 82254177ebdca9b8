// A dockerd of our own for machines without a running Docker Engine: private data, private socket, private addresses.
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lastLines } from "./dependencies.mjs";
import { answers, ask } from "./docker-engine.mjs";
import { findOnPath } from "./go.mjs";
import { withLock } from "./lock.mjs";
import { shortHash } from "./paths.mjs";
import { ensurePrivate } from "./private-folder.mjs";
import { Problem } from "./problem.mjs";
import { isAlive, processIdentity, run } from "./processes.mjs";

// TEST-NET of RFC 2544: nobody routes it, so hundreds of small networks fit without touching a LAN or another Docker.
const bridgeAddress = "198.18.255.1/24";
const addressPool = "base=198.18.0.0/16,size=24";
const longestSocketPath = 107 - "/containerd/containerd-debug.sock.ttrpc".length;

/** Files and names of the daemon that belongs to this cache directory. */
export function daemonPlaces(cache) {
  const home = join(cache, "docker");
  const short = join(tmpdir(), `bluegreen-${userInfo().uid}-${shortHash(home)}`);
  const runtime = join(home, "run").length <= longestSocketPath ? join(home, "run") : short;
  return {
    home,
    data: join(home, "data"),
    runtime,
    socket: runtime === short ? join(short, "docker.sock") : join(home, "docker.sock"),
    pidFile: join(home, "dockerd.pid"),
    log: join(home, "dockerd.log"),
    lock: join(home, "lock"),
    users: join(home, "users"),
    kept: join(home, "kept"),
    bridge: `bluegreen-${shortHash(home).slice(0, 4)}`,
  };
}

/** The pid of our dockerd, undefined if it does not run. A pid file whose process is gone, or is another program, is stale. */
export function runningDaemon(places) {
  const pid = readPid(places.pidFile);
  if (!pid) return undefined;
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    if (processIdentity(pid) !== "" && command.includes(places.data)) return pid;
  } catch {
    // No such process.
  }
  return undefined;
}

/** Counts this process as a user of our dockerd and starts it if nobody has. @returns its DOCKER_HOST */
export function useDaemon({ places, progress, env = process.env }) {
  return withLock(places.lock, async () => {
    const host = `unix://${places.socket}`;
    const running = runningDaemon(places);
    if (running && (await waitFor(host, 15_000))) {
      register(places);
      return host;
    }
    if (running) await end(running);
    await progress.phase("Docker Engine: starting our own dockerd", () => start({ places, host, env }));
    if (!someoneKeeps(places)) await removeEverything(host); // what a killed run has left
    register(places);
    return host;
  });
}

/** This process needs it no longer. The last one stops it, unless a checkout keeps a stack up. @returns whether it stopped */
export function leaveDaemon({ places, evenIfInterrupted = true }) {
  if (!existsSync(places.home)) return Promise.resolve(false);
  return withLock(
    places.lock,
    async () => {
      rmSync(join(places.users, `${process.pid}`), { force: true });
      const pid = runningDaemon(places);
      if (!pid || otherUsers(places).length > 0 || someoneKeeps(places)) return false;
      await removeEverything(`unix://${places.socket}`);
      await end(pid);
      tidy(places);
      await ip(["link", "del", places.bridge]);
      return true;
    },
    { evenIfInterrupted },
  );
}

/** Notes that a checkout has a stack up on this daemon (or no longer). */
export function keepDaemon(places, root, keep) {
  const file = join(places.kept, shortHash(root));
  if (!keep) return rmSync(file, { force: true });
  mkdirSync(places.kept, { recursive: true });
  writeFileSync(file, root);
}

export const keepsDaemon = (places, root) => existsSync(join(places.kept, shortHash(root)));

/** Pids of the living other users. */
export function otherUsers(places) {
  const alive = [];
  for (const name of listed(places.users)) {
    const file = join(places.users, name);
    if (!isAlive(readFileSync(file, "utf8"))) rmSync(file, { force: true });
    else if (name !== `${process.pid}`) alive.push(Number(name));
  }
  return alive;
}

/** A checkout that was deleted keeps nothing. */
export function someoneKeeps(places) {
  return listed(places.kept).some((name) =>
    existsSync(join(readFileSync(join(places.kept, name), "utf8"), ".bluegreen")),
  );
}

async function start({ places, host, env }) {
  const dockerd =
    findOnPath("dockerd", env) ?? findOnPath("dockerd", { PATH: "/usr/sbin:/usr/bin:/usr/local/bin:/sbin" });
  if (!dockerd) throw new Problem("no dockerd on PATH", { fix: "install a Docker Engine" });
  mkdirSync(places.data, { recursive: true });
  ensurePrivate(places.runtime);
  tidy(places);
  await makeBridge(places.bridge);
  const log = openSync(places.log, "w");
  const args = ["--data-root", places.data, "--exec-root", places.runtime, "-H", host, "--pidfile", places.pidFile];
  args.push("--bridge", places.bridge, "--default-address-pool", addressPool);
  // Should it share a system containerd, then not its containers.
  args.push("--containerd-namespace", "bluegreen", "--containerd-plugins-namespace", "bluegreen-plugins");
  // A session of its own: Ctrl-C in the terminal must not take it away from the other runs that use it.
  const child = spawn(dockerd, args, { detached: true, stdio: ["ignore", log, log], env: withSbin(env) });
  closeSync(log);
  let ended = false;
  child.on("exit", () => {
    ended = true;
  });
  child.on("error", () => {
    ended = true;
  });
  child.unref();
  if (await waitFor(host, 60_000, () => ended)) return;
  if (!ended) await end(child.pid);
  throw new Problem(`${dockerd} ${ended ? "ended at once" : "did not answer within 60 s"}`, {
    fix: ["see the log below, or start a Docker Engine yourself and set DOCKER_HOST", `whole log: ${places.log}`],
    detail: lastLines(readFileSync(places.log, "utf8"), 15),
  });
}

/** Iptables and friends live in sbin, which an ordinary PATH may lack. */
function withSbin(env) {
  const { DOCKER_HOST: _, ...rest } = env;
  return { ...rest, PATH: `${env.PATH ?? ""}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin` };
}

/** A bridge of our own: sharing docker0 with another dockerd would hand out the same addresses twice. */
async function makeBridge(name) {
  if (existsSync(`/sys/class/net/${name}`)) return;
  const made =
    (await ip(["link", "add", "name", name, "type", "bridge"])) &&
    (await ip(["addr", "add", bridgeAddress, "dev", name]));
  if (made) await ip(["link", "set", name, "up"]);
  else
    throw new Problem(`the network bridge ${name} could not be made`, {
      fix: 'are "ip" or "busybox" installed, and are you root?',
    });
}

async function ip(args) {
  const env = withSbin(process.env);
  const program = findOnPath("ip", env);
  const [command, first] = program ? [program, []] : [findOnPath("busybox", env) ?? "busybox", ["ip"]];
  const result = await run(command, [...first, ...args], { env, timeoutMs: 10_000, evenIfInterrupted: true });
  return result.exit === 0;
}

async function waitFor(host, ms, stop = () => false) {
  const deadline = Date.now() + ms;
  while (Date.now() < deadline && !stop()) {
    if (await answers(host)) return true;
    await sleep(100);
  }
  return false;
}

async function removeEverything(host) {
  const { status, text } = await ask(host, "/containers/json?all=1", { timeoutMs: 10_000 });
  const containers = status === 200 ? JSON.parse(text) : [];
  const remove = ({ Id }) => ask(host, `/containers/${Id}?force=1&v=1`, { method: "DELETE", timeoutMs: 30_000 });
  await Promise.all(containers.map(remove));
  await ask(host, "/networks/prune", { method: "POST", timeoutMs: 30_000 });
  await ask(host, "/volumes/prune", { method: "POST", timeoutMs: 30_000 });
}

/** By pid, politely, then not. */
async function end(pid) {
  for (const [signal, patienceMs] of [
    ["SIGTERM", 30_000],
    ["SIGKILL", 5_000],
  ]) {
    const identity = processIdentity(pid);
    if (!identity) return;
    process.kill(pid, signal);
    const deadline = Date.now() + patienceMs;
    while (isAlive(identity) && Date.now() < deadline) await sleep(50);
  }
}

/** What a dockerd that was killed leaves behind: its pid file (a reused pid would keep the next one from starting) and containerd. */
function tidy(places) {
  const folder = join(places.runtime, "containerd");
  const containerd = readPid(join(folder, "containerd.pid"));
  if (containerd) {
    try {
      const command = readFileSync(`/proc/${containerd}/cmdline`, "utf8");
      if (command.includes(places.runtime)) process.kill(containerd, "SIGKILL");
    } catch {
      // Ended with its dockerd, as it should.
    }
  }
  // Where nobody reaps zombies (containers without an init) dockerd takes the pid of a dead containerd for a living one.
  const files = ["containerd.pid", "containerd.sock", "containerd.sock.ttrpc"].map((name) => join(folder, name));
  for (const file of [places.pidFile, places.socket, ...files]) rmSync(file, { force: true });
}

function register(places) {
  mkdirSync(places.users, { recursive: true });
  writeFileSync(join(places.users, `${process.pid}`), processIdentity(process.pid));
}

function readPid(file) {
  return existsSync(file) ? Number.parseInt(readFileSync(file, "utf8"), 10) || undefined : undefined;
}

function listed(folder) {
  return existsSync(folder) ? readdirSync(folder) : [];
}
