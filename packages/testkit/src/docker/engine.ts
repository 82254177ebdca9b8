import Docker from "dockerode";

export { freePort } from "./free-port.ts";

/** `{ "bluegreen.app": "shop" }`, or `{ "bluegreen.app": "" }` for any value. */
export type Labels = Record<string, string>;

/** The engine at DOCKER_HOST. */
export const docker = new Docker();

const filterOf = (labels: Labels) =>
  Object.entries(labels).map(([name, value]) => (value === "" ? name : `${name}=${value}`));

/** Containers with all of these labels, running or not. */
export function containersWith(labels: Labels, engine = docker): Promise<Docker.ContainerInfo[]> {
  return engine.listContainers({ all: true, filters: { label: filterOf(labels) } });
}

/** Names of everything on the engine with these labels (all of it without), for "nothing is left behind". */
export async function inventory(
  labels: Labels = {},
  engine = docker,
): Promise<{ containers: string[]; networks: string[]; volumes: string[] }> {
  const filters = { label: filterOf(labels) };
  const [containers, networks, volumes] = await Promise.all([
    engine.listContainers({ all: true, filters }),
    engine.listNetworks({ filters }),
    engine.listVolumes({ filters }),
  ]);
  const builtIn = ["bridge", "host", "none"];
  return {
    containers: containers.map((container) => container.Names[0]?.slice(1) ?? container.Id).sort(),
    networks: networks
      .map((network) => network.Name)
      .filter((name) => !builtIn.includes(name))
      .sort(),
    volumes: (volumes.Volumes ?? []).map((volume) => volume.Name).sort(),
  };
}

/** Removes containers (running ones, too), networks and volumes with these labels. */
export async function removeAllWith(labels: Labels): Promise<void> {
  if (Object.keys(labels).length === 0)
    throw new Error("removeAllWith({}) would remove everything on this Docker Engine");
  const found = await inventory(labels);
  await Promise.all(
    found.containers.map((name) => ignoringMissing(docker.getContainer(name).remove({ force: true, v: true }))),
  );
  await Promise.all(found.networks.map((name) => ignoringMissing(docker.getNetwork(name).remove())));
  await Promise.all(found.volumes.map((name) => ignoringMissing(docker.getVolume(name).remove())));
}

export async function stopContainer(name: string, graceSeconds = 10): Promise<void> {
  await docker.getContainer(name).stop({ t: graceSeconds });
}

export async function startContainer(name: string): Promise<void> {
  await docker.getContainer(name).start();
}

export async function restartContainer(name: string, graceSeconds = 10): Promise<void> {
  await docker.getContainer(name).restart({ t: graceSeconds });
}

export async function killContainer(name: string, signal = "SIGKILL"): Promise<void> {
  await docker.getContainer(name).kill({ signal });
}

/** Runs a shell script in a container and gives what it wrote to stdout. @throws with its complaints when it fails */
export async function runInside(
  container: string,
  script: string,
  args: readonly string[] = [],
  engine = docker,
): Promise<string> {
  const Cmd = ["sh", "-c", script, "sh", ...args];
  const exec = await engine.getContainer(container).exec({ Cmd, AttachStdout: true, AttachStderr: true });
  const stream = await exec.start({});
  const [out, complaints] = [[] as Buffer[], [] as Buffer[]];
  engine.modem.demuxStream(stream, collector(out), collector(complaints));
  await new Promise((resolve, reject) => stream.on("end", resolve).on("error", reject));
  const { ExitCode: exit } = await exec.inspect();
  if (exit !== 0) throw new Error(`a shell in container ${container} ended with ${exit}: ${Buffer.concat(complaints)}`);
  return Buffer.concat(out).toString();
}

const collector = (chunks: Buffer[]) => ({ write: (chunk: Buffer) => chunks.push(chunk) }) as never;

/** Both streams of the container's log as one text. */
export async function logsOf(name: string, engine = docker): Promise<string> {
  const raw = await engine.getContainer(name).logs({ stdout: true, stderr: true, follow: false });
  return withoutFrames(raw);
}

/** Without a terminal Docker puts an 8-byte header (stream, length) before each piece. */
function withoutFrames(raw: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= raw.length; ) {
    const length = raw.readUInt32BE(at + 4);
    parts.push(raw.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(parts).toString("utf8");
}

/** What a container's processes have computed so far, in ms. */
export async function cpuMsOf(container: string): Promise<number> {
  const stats = await docker.getContainer(container).stats({ stream: false, "one-shot": true });
  return stats.cpu_stats.cpu_usage.total_usage / 1e6;
}

async function ignoringMissing(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404) throw error;
  }
}
