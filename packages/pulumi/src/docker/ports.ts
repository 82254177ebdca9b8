import { readdir, readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import type Types from "dockerode";
import { collide } from "../app/claimed-ports.ts";
import type { PublishedPort } from "../contracts/addresses.ts";
import type { PortHolder } from "../contracts/platform.ts";
import type { Docker } from "./api.ts";
import { labels } from "./labels.ts";

const of = "of the Docker host";

/**
 * Who holds ports on the Docker host that this app's router is to publish, other than its own container. The Docker
 * Engine is asked, wherever it is; what is no container only where the deployer sees the host's own sockets.
 */
export async function portHoldersOf(
  docker: Docker,
  app: string,
  wanted: readonly PublishedPort[],
  remote: boolean,
): Promise<PortHolder[]> {
  const containers = await docker.listContainers();
  const own = containers.filter(({ Labels: said }) => said[labels.app] === app);
  // What it holds itself needs no look.
  const fresh = wanted.filter((port) => !own.some((one) => holds(one, port)));
  if (fresh.length === 0) return [];
  const held = fresh.flatMap((port) => {
    const holder = containers.find((one) => !own.includes(one) && holds(one, port));
    return holder ? [{ ...port, of, holder: describe(holder), app: holder.Labels[labels.app] }] : [];
  });
  const free = fresh.filter((port) => !held.some((one) => one.port === port.port));
  return [...held, ...(!remote && (await isHere(docker)) ? await heldByProcesses(free, own) : [])];
}

function holds({ Ports: ports }: Types.ContainerInfo, wanted: PublishedPort): boolean {
  return (ports ?? []).some(({ PublicPort, IP, Type }) => {
    return PublicPort === wanted.port && Type === "tcp" && collide(IP ?? "", wanted.host);
  });
}

function describe({ Id, Names, Labels: said }: Types.ContainerInfo): string {
  const name = (Names[0] ?? Id.slice(0, 12)).replace(/^\//, "");
  const { [labels.app]: app, [labels.role]: role } = said;
  return `the container ${name}${app ? `, the ${role} of the app ${app}` : ""}`;
}

/** Whether the deployer is on the host itself, and in its network: a container beside the engine has another name. */
async function isHere(docker: Docker): Promise<boolean> {
  return process.platform === "linux" && (await docker.info()).Name === hostname();
}

async function heldByProcesses(
  wanted: readonly PublishedPort[],
  own: readonly Types.ContainerInfo[],
): Promise<PortHolder[]> {
  if (wanted.length === 0) return [];
  const listening = (await Promise.all(["tcp", "tcp6"].map(readSockets))).flat();
  const ours = own.flatMap(({ Ports: ports }) => (ports ?? []).map(({ PublicPort }) => PublicPort));
  const found = wanted.flatMap((port) => {
    const socket = listening.find((one) => one.port === port.port && collide(one.host, port.host));
    return socket && !ours.includes(port.port) ? [{ port, socket }] : [];
  });
  return Promise.all(found.map(async ({ port, socket }) => ({ ...port, of, holder: await ownerOf(socket.inode) })));
}

export interface Socket {
  readonly host: string;
  readonly port: number;
  readonly inode: string;
}

async function readSockets(table: string): Promise<Socket[]> {
  return parseSockets(await readFile(`/proc/net/${table}`, "utf8").catch(() => ""));
}

/** The sockets that listen, of `/proc/net/tcp` or `tcp6`. Of addresses only IPv4 ones and "all" are told apart. */
export function parseSockets(text: string): Socket[] {
  const lines = text.split("\n").slice(1);
  return lines.flatMap((line) => {
    const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
    const [address = "", port = ""] = local.split(":");
    return state === "0A" ? [{ host: hostOf(address), port: Number.parseInt(port, 16), inode }] : [];
  });
}

/** The kernel writes each 32 bits in the machine's order, which is taken for little-endian. */
function hostOf(address: string): string {
  if (/^0*$/.test(address)) return "::";
  const mapped = /^0{16}FFFF0000([0-9A-F]{8})$/.exec(address)?.[1] ?? address;
  if (mapped.length !== 8) return mapped === "00000000000000000000000001000000" ? "::1" : mapped;
  return [...Buffer.from(mapped, "hex").reverse()].join(".");
}

/** A deployer that may not look at other users' processes learns no more than that there is one. */
async function ownerOf(inode: string): Promise<string> {
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const file of files) {
      const target = await readlink(`/proc/${pid}/fd/${file}`).catch(() => "");
      if (target !== `socket:[${inode}]`) continue;
      const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
      return `the process ${name.trim()} (pid ${pid}) of the Docker host`;
    }
  }
  return "a process of the Docker host (`ss -ltnp` says which)";
}
