import { createHash } from "node:crypto";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type Docker from "dockerode";

/** An image made from nothing but files of this machine, for machines that reach no image registry. */
export interface ScratchImage {
  tag: string;
  /** Path in the image → file on this machine; all of them executable. */
  files: Record<string, string>;
  /** Path in the image → what the symbolic link says. */
  links?: Record<string, string>;
  directories?: string[];
  /** Dockerfile lines after the files are in place. */
  instructions: string[];
}

/** The label that carries the hash of everything an image was made of. */
export const contentLabel = "bluegreen.content";

/** Releases of the demo's shop: one binary, and what the environment baked into each tag makes of it. */
export const appImages: readonly { tag: string; env: Record<string, string> }[] = [
  { tag: "1.0.0", env: {} },
  { tag: "1.1.0", env: {} },
  { tag: "1.2.0", env: {} },
  /** Never becomes ready. */
  { tag: "2.0.0-unhealthy", env: { UNHEALTHY: "1" } },
  /** Says that it is ready, and answers every request with 500. */
  { tag: "2.0.0-faulty", env: { BREAK_AFTER: "0" } },
  /** Answers 200 requests well, then only 500. */
  { tag: "2.1.0-breaks", env: { BREAK_AFTER: "200" } },
];

const shell = ["sh", "nc", "wget", "cat", "ls", "sleep"];

/** What the official Caddy image for Alpine has and our code or a curious human uses. */
export function caddyImage(tag: string, caddy: string, busybox: string): ScratchImage {
  return {
    tag,
    files: { "/usr/bin/caddy": caddy, "/bin/busybox": busybox },
    links: Object.fromEntries(shell.map((name) => [`/bin/${name}`, "busybox"])),
    directories: ["/config/caddy", "/data/caddy", "/etc/caddy", "/tmp", "/srv"],
    instructions: [
      "ENV PATH=/usr/bin:/bin XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data",
      "EXPOSE 80 443 2019",
      "WORKDIR /srv",
      'CMD ["caddy", "run"]',
    ],
  };
}

/** The shop in one of its releases; VERSION is the tag. */
export function shopImage(
  repository: string,
  release: (typeof appImages)[number],
  app: string,
  busybox: string,
): ScratchImage {
  const env = Object.entries({ PATH: "/bin", VERSION: release.tag, ...release.env });
  return {
    tag: `${repository}:${release.tag}`,
    files: { "/app": app, "/bin/busybox": busybox },
    links: Object.fromEntries(shell.map((name) => [`/bin/${name}`, "busybox"])),
    directories: ["/tmp"],
    instructions: [
      `ENV ${env.map(([name, value]) => `${name}=${value}`).join(" ")}`,
      "EXPOSE 8080",
      'ENTRYPOINT ["/app"]',
    ],
  };
}

/** Builds the image unless the engine has that tag with the same content. */
export async function ensureImage(docker: Docker, image: ScratchImage): Promise<"present" | "built"> {
  const content = await contentOf(image);
  if ((await labelOf(docker, image.tag)) === content) return "present";
  const context = await mkdtemp(join(tmpdir(), "bluegreen-image-"));
  try {
    await writeContext(context, image, content);
    const stream = await docker.buildImage({ context, src: ["Dockerfile", "files"] }, { t: image.tag, forcerm: true });
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(stream, (error: Error | null, lines: { error?: string }[]) => {
        const fault = error?.message ?? lines.find((line) => line.error)?.error;
        if (fault) reject(new Error(`image ${image.tag} could not be built: ${fault}`));
        else resolve();
      });
    });
    return "built";
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

/** The content hash of the image with that tag; "" if it has none, undefined if there is no such image. */
export async function labelOf(docker: Docker, tag: string): Promise<string | undefined> {
  try {
    const { Config } = await docker.getImage(tag).inspect();
    return Config.Labels?.[contentLabel] ?? "";
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

async function contentOf(image: ScratchImage): Promise<string> {
  const { files, ...rest } = image;
  const hash = createHash("sha256").update(JSON.stringify(rest));
  for (const [target, source] of Object.entries(files)) hash.update(target).update(await readFile(source));
  return hash.digest("hex").slice(0, 32);
}

async function writeContext(context: string, image: ScratchImage, content: string): Promise<void> {
  const place = async (path: string) => {
    const file = join(context, "files", path);
    await mkdir(dirname(file), { recursive: true });
    return file;
  };
  for (const [path, source] of Object.entries(image.files)) {
    const file = await place(path);
    await copyFile(source, file);
    await chmod(file, 0o755);
  }
  for (const [path, target] of Object.entries(image.links ?? {})) await symlink(target, await place(path));
  for (const path of image.directories ?? []) {
    await mkdir(await place(path), { recursive: true });
    if (path === "/tmp") await chmod(join(context, "files", path), 0o1777);
  }
  const lines = ["FROM scratch", "COPY files/ /", ...image.instructions, `LABEL ${contentLabel}=${content}`];
  await writeFile(join(context, "Dockerfile"), `${lines.join("\n")}\n`);
}
