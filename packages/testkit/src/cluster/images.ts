import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { appImages } from "../docker/images.ts";
import { type OciImage, ociArchive } from "./oci-archive.ts";

const execute = promisify(execFile);
const limitMs = 2 * 60_000;

const shell = ["sh", "nc", "wget", "nslookup", "cat", "ls", "sleep"];

/** The namespace in containerd that Kubernetes looks into. */
const namespace = "k8s.io";

/** The demo's shop in each of its releases: the same one layer, told apart by what the environment says. */
export function shopImages(repository: string, app: string, busybox: string): OciImage[] {
  return appImages.map((release) => ({
    name: `${repository}:${release.tag}`,
    files: { "/app": app, "/bin/busybox": busybox },
    links: Object.fromEntries(shell.map((name) => [`/bin/${name}`, "busybox"])),
    directories: ["/tmp"],
    env: { VERSION: release.tag, ...release.env },
    entrypoint: ["/app"],
  }));
}

/** What holds a pod's namespaces open. */
export const pauseImage = (name: string, pause: string): OciImage => ({
  name,
  files: { "/pause": pause },
  entrypoint: ["/pause"],
});

/**
 * Gives these images to the bed's own containerd. Those that it has already, byte for byte, are left alone.
 * @param socket its address; a cluster that was named has none, and takes its images from a registry
 * @returns the names of the images that were new
 * @throws Error without such an address
 */
export async function importImages(
  images: readonly OciImage[],
  socket: string | undefined = process.env.BLUEGREEN_CONTAINERD,
): Promise<string[]> {
  if (!socket) {
    throw new Error(
      `BLUEGREEN_CONTAINERD is not set: images can be given to the bed's own cluster only
  → npm run cluster -- up, or: node packages/bootstrap/main.mjs exec --cluster <command>`,
    );
  }
  const { digests } = await ociArchive(images);
  const present = await presentDigests(socket);
  const missing = images.filter(({ name }) => present.get(name) !== digests.get(name));
  if (missing.length === 0) return [];
  const folder = await mkdtemp(join(tmpdir(), "bluegreen-images-"));
  try {
    const file = join(folder, "images.tar");
    const { archive } = await ociArchive(missing);
    await writeFile(file, archive);
    await ctr(socket, ["images", "import", file]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return missing.map(({ name }) => name);
}

async function presentDigests(socket: string): Promise<Map<string, string>> {
  const lines = (await ctr(socket, ["images", "ls"])).split("\n").slice(1).filter(Boolean);
  return new Map(
    lines.map((line) => {
      const [name = "", , digest = ""] = line.split(/\s+/);
      return [name, digest];
    }),
  );
}

async function ctr(socket: string, args: string[]): Promise<string> {
  const { stdout } = await execute("ctr", ["--address", socket, "--namespace", namespace, ...args], {
    timeout: limitMs,
  });
  return stdout;
}
