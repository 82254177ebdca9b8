import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { ClusterApi } from "../cluster/api.ts";
import { docker } from "../docker/engine.ts";

export const execute = promisify(execFile);

/** A database server of one test's own. */
export interface Database {
  /** This machine's address in the platform's own network: the same for containers, pods and the test itself. */
  readonly host: string;
  readonly port: number;
  /** With user and password, as drivers take it. */
  readonly url: string;
  readonly password: string;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** On whose network a database is to be found. */
export type Network = "docker" | "kubernetes";

/** @throws Error where the platform says of no address that containers reach this machine by it */
export async function hostAddress(network: Network): Promise<string> {
  const address = network === "docker" ? await bridgeAddress() : await nodeAddress();
  if (!address) throw new Error(`${network} has no address by which containers reach this machine`);
  return address;
}

async function bridgeAddress(): Promise<string | undefined> {
  const { IPAM } = await docker.getNetwork("bridge").inspect();
  return IPAM?.Config?.[0]?.Gateway;
}

async function nodeAddress(): Promise<string | undefined> {
  const [node] = await new ClusterApi("default").list("Node");
  const addresses: { type: string; address: string }[] = node?.status.addresses ?? [];
  return addresses.find(({ type }) => type === "InternalIP")?.address;
}

export interface Program {
  readonly command: readonly string[];
  /** Debian's user of it: neither server is to be root. */
  readonly user: string;
  /** Handed over on stdin, where no process list shows it. */
  readonly input?: string;
  /** Ends it without waiting for clients. */
  readonly signal: NodeJS.Signals;
  /** Rejects as long as it does not answer. */
  answers(): Promise<unknown>;
}

const startWithinMs = 60_000;
const stopWithinMs = 10_000;
const keptOutput = 4_000;

/** An empty folder for a server's data; a path of at most 60 bytes. */
export async function dataFolder(user: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "bluegreen-data-"));
  if (isRoot()) await execute("chown", [user, folder]);
  return folder;
}

/** Runs a program as its user; without root's rights as whoever runs the test. */
export function asUser(user: string, command: readonly string[]): string[] {
  const change = isRoot() ? [`--reuid=${user}`, `--regid=${user}`, "--init-groups"] : [];
  return ["setpriv", ...change, ...command];
}

/** Starts a server that ends with this process at the latest. @returns what ends it and removes its data */
export async function startServer(program: Program, folder: string): Promise<() => Promise<void>> {
  const [command = "", ...args] = asUser(program.user, ["--pdeathsig=KILL", ...program.command]);
  const child = spawn(command, args, { cwd: folder, stdio: ["pipe", "pipe", "pipe"] });
  const ended = once(child, "exit");
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-keptOutput);
    });
  }
  child.stdin.on("error", () => {});
  child.stdin.end(program.input ?? "");
  const stop = async () => {
    child.kill(program.signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), stopWithinMs);
    if (child.exitCode === null && child.signalCode === null) await ended;
    clearTimeout(timer);
    await rm(folder, { recursive: true, force: true });
  };
  const deadline = Date.now() + startWithinMs;
  for (;;) {
    const problem = await program.answers().then(() => null, String);
    if (problem === null) return stop;
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`${program.command[0]} did not start: ${problem}\n${output}`);
    }
    await sleep(100);
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
