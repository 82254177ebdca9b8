import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import Docker from "dockerode";
import { docker } from "../engine.ts";
import { appImages } from "../images.ts";
import { makeCertificates, makeSsh, makeSshKeys } from "./keys.ts";

const execute = promisify(execFile);
const engineStartsWithinMs = 90_000;
const sshPort = 22;
const enginePort = 2376;
const alias = "remote-docker";

/** What of this process's environment changes when it uses that machine's engine. */
type Way = Readonly<Record<string, string>>;

/** A machine with a Docker Engine of which others reach the engine's API and nothing else. */
export interface RemoteMachine {
  /** Where this machine reaches it. */
  readonly address: string;
  /** The ways to its engine from here. */
  readonly ways: { readonly ssh: Way; readonly tcp: Way };
  /** Its engine, as who sits on it reaches it. */
  readonly docker: Docker;
  /** How a command begins that is to run in its network. */
  readonly inside: readonly string[];
  /** Ends everything on it. */
  stop(): Promise<void>;
}

/** Why there can't be one here; `null` when there can. */
export function whyNoRemoteMachine(): string | null {
  return process.env.BLUEGREEN_SSHD ? null : "it takes Linux, root and an sshd (BLUEGREEN_SSHD)";
}

/**
 * Starts one in namespaces of its own: network, processes, mounts. They end with the first process in them, which ends
 * with this one. The wire to it lets new connections to ssh and to the engine's TLS port pass, and no others.
 */
export async function startRemoteMachine(): Promise<RemoteMachine> {
  const folder = await mkdtemp(join(tmpdir(), "bluegreen-remote-"));
  const log = openSync(join(folder, "log"), "w");
  const namespaces = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation=private"];
  const command = [...namespaces, "bash", "-c", machine, "bash", folder];
  const child = spawn("unshare", command, { stdio: ["pipe", log, log], detached: true });
  const orders = child.stdin!;
  orders.on("error", () => {});
  const gone = once(child, "exit");
  const stop = async () => {
    orders.end();
    await gone;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const first = await firstProcessOf(child.pid!);
    const address = await layWire(first);
    const sshKeys = await makeSshKeys(folder);
    const certificates = await makeCertificates(folder, address);
    await writeFile(join(folder, "sshd_config"), sshdConfig(address, sshKeys));
    await writeFile(join(folder, "passwd"), await usersWithSshd());
    orders.write(`${address} ${certificates.server} ${process.env.BLUEGREEN_SSHD}\n`);
    const engine = new Docker({ socketPath: join(folder, "docker.sock"), host: undefined, protocol: "http" });
    await untilItAnswers(engine, () => child.exitCode === null && child.signalCode === null);
    await copyImages(engine);
    const hostKey = (await readFile(`${sshKeys.host}.pub`, "utf8")).trim();
    const bin = await makeSsh(folder, { alias, address, key: sshKeys.user, hostKey });
    return {
      address,
      ways: {
        ssh: { DOCKER_HOST: `ssh://${alias}`, PATH: `${bin}:${process.env.PATH}` },
        tcp: { DOCKER_HOST: `tcp://${address}:${enginePort}`, DOCKER_CERT_PATH: certificates.client },
      },
      docker: engine,
      inside: ["nsenter", `--net=/proc/${first}/ns/net`],
      stop,
    };
  } catch (error) {
    const said = readFileSync(join(folder, "log"), "utf8").slice(-4_000);
    await stop();
    throw new Error(`the remote machine did not start: ${(error as Error).message}\n${said}`);
  }
}

/** What runs in there, as its first process. It ends with its stdin. */
const machine = `
set -eu
PATH="$PATH:/usr/sbin:/sbin"
mount -t tmpfs tmpfs /run
mkdir -p /run/sshd
read -r there certificates sshd
mount --bind "$1/passwd" /etc/passwd
ip link set lo up
ip addr add "$there/30" dev wire
ip link set wire up
iptables -t mangle -A PREROUTING -i wire -p tcp -m multiport --dports ${sshPort},${enginePort} -j ACCEPT
iptables -t mangle -A PREROUTING -i wire -p tcp -m conntrack --ctstate ESTABLISHED -j ACCEPT
iptables -t mangle -A PREROUTING -i wire -j DROP
lib=\${sshd%/usr/sbin/sshd}
LD_LIBRARY_PATH="$(echo "$lib"/usr/lib/*-linux-gnu | tr ' ' :)" "$sshd" -D -e -f "$1/sshd_config" &
env -u DOCKER_HOST dockerd --data-root "$1/data" --exec-root /run/docker --pidfile /run/docker.pid \\
  -H unix:///run/docker.sock -H "unix://$1/docker.sock" -H "tcp://$there:${enginePort}" --tlsverify \\
  --tlscacert "$certificates/ca.pem" --tlscert "$certificates/cert.pem" --tlskey "$certificates/key.pem" \\
  --bip 198.19.96.1/24 --default-address-pool base=198.19.112.0/20,size=24 \\
  --containerd-namespace remote --containerd-plugins-namespace remote-plugins &
read -r end || true
kill -TERM %2
wait %2 || true
`;

function sshdConfig(address: string, keys: { host: string; user: string }): string {
  const lines = [
    `ListenAddress ${address}:${sshPort}`,
    `HostKey ${keys.host}`,
    `AuthorizedKeysFile ${keys.user}.pub`,
    "PidFile none",
    "StrictModes no",
    "PasswordAuthentication no",
    "PermitRootLogin prohibit-password",
    // Where the Docker CLI is.
    `SetEnv PATH=${process.env.PATH}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** The user as whom sshd is careful; only Debian's installation makes it. */
async function usersWithSshd(): Promise<string> {
  const users = await readFile("/etc/passwd", "utf8");
  return /^sshd:/m.test(users) ? users : `${users}sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n`;
}

async function firstProcessOf(unshare: number): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const children = readFileSync(`/proc/${unshare}/task/${unshare}/children`, "utf8").trim();
    if (children !== "") return Number(children.split(" ")[0]);
    await sleep(50);
  }
  throw new Error("no process in the new namespaces");
}

/** A wire from this machine's network to that one's. Returns the address at its far end. */
async function layWire(first: number): Promise<string> {
  for (let tries = 0; ; tries++) {
    // RFC 2544's test net, in a part that neither the bed's Docker nor its cluster has. So have the engine's networks.
    const net = `198.19.${64 + Math.floor(Math.random() * 32)}`;
    const base = Math.floor(Math.random() * 64) * 4;
    const [here, there] = [`${net}.${base + 1}`, `${net}.${base + 2}`];
    const name = `bgremote-${first}`.slice(0, 15);
    const taken = (await execute("ip", ["-o", "-4", "addr"])).stdout.includes(` ${here}/`);
    if (taken && tries < 20) continue;
    await execute("ip", ["link", "add", "name", name, "type", "veth", "peer", "name", "wire", "netns", `${first}`]);
    await execute("ip", ["addr", "add", `${here}/30`, "dev", name]);
    await execute("ip", ["link", "set", name, "up"]);
    return there;
  }
}

async function untilItAnswers(engine: Docker, runs: () => boolean): Promise<void> {
  const deadline = Date.now() + engineStartsWithinMs;
  for (;;) {
    const problem = await engine.ping().then(() => null, String);
    if (problem === null) return;
    if (!runs() || Date.now() > deadline) throw new Error(problem);
    await sleep(200);
  }
}

/** There is no registry between them. */
async function copyImages(engine: Docker): Promise<void> {
  const { BLUEGREEN_CADDY_IMAGE: caddy, BLUEGREEN_APP_IMAGE: app } = process.env;
  for (const image of [caddy!, ...appImages.map(({ tag }) => `${app}:${tag}`)]) {
    const loading = await engine.loadImage(await docker.getImage(image).get());
    await new Promise<void>((resolve, reject) => {
      engine.modem.followProgress(loading, (error: Error | null) => (error ? reject(error) : resolve()));
    });
  }
}
