import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";

/** An image made from nothing but files of this machine: one layer, and what a container of it runs. */
export interface OciImage {
  /** With its registry's place, e.g. "localhost/bluegreen/shop:1.0.0": no tool then adds a public one. */
  name: string;
  /** Path in the image → file on this machine; all of them executable. */
  files: Record<string, string>;
  /** Path in the image → what the symbolic link says. */
  links?: Record<string, string>;
  directories?: readonly string[];
  env?: Record<string, string>;
  entrypoint: readonly string[];
}

interface Entry {
  path: string;
  type: "0" | "2" | "5";
  mode: number;
  content?: Buffer;
  link?: string;
}

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  annotations?: Record<string, string>;
}

const BLOCK = 512;
const mediaType = (name: string) => `application/vnd.oci.image.${name}`;

/**
 * The images as one archive in OCI's layout, for `ctr images import`. The same files give the same bytes: nothing of the
 * time or the machine is in it, so a digest says whether a containerd has an image already.
 * @returns the archive, and each image's digest by its name
 */
export async function ociArchive(
  images: readonly OciImage[],
): Promise<{ archive: Buffer; digests: Map<string, string> }> {
  const blobs = new Map<string, Buffer>();
  const digests = new Map<string, string>();
  const add = (type: string, content: Buffer): Descriptor => {
    const digest = createHash("sha256").update(content).digest("hex");
    blobs.set(`blobs/sha256/${digest}`, content);
    return { mediaType: mediaType(type), digest: `sha256:${digest}`, size: content.length };
  };
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const manifests: Descriptor[] = [];
  for (const image of images) {
    const layer = add("layer.v1.tar", tar(await layerEntries(image)));
    const config = add(
      "config.v1+json",
      json({
        architecture: goArchitecture(),
        os: "linux",
        config: {
          Env: Object.entries({ PATH: "/bin", ...image.env }).map(([name, value]) => `${name}=${value}`),
          Entrypoint: image.entrypoint,
        },
        rootfs: { type: "layers", diff_ids: [layer.digest] },
      }),
    );
    const manifest = add(
      "manifest.v1+json",
      json({ schemaVersion: 2, mediaType: mediaType("manifest.v1+json"), config, layers: [layer] }),
    );
    digests.set(image.name, manifest.digest);
    manifests.push({ ...manifest, annotations: { "io.containerd.image.name": image.name } });
  }
  const file = (path: string, content: Buffer): Entry => ({ path, type: "0", mode: 0o644, content });
  const archive = tar([
    file("oci-layout", json({ imageLayoutVersion: "1.0.0" })),
    file("index.json", json({ schemaVersion: 2, manifests })),
    ...[...blobs].map(([path, content]) => file(path, content)),
  ]);
  return { archive, digests };
}

function goArchitecture(): string {
  return process.arch === "x64" ? "amd64" : process.arch;
}

async function layerEntries({ files, links = {}, directories = [] }: OciImage): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const [path, source] of Object.entries(files)) {
    entries.push({ path, type: "0", mode: 0o755, content: await readFile(source) });
  }
  for (const [path, link] of Object.entries(links)) entries.push({ path, type: "2", mode: 0o777, link });
  const wanted = new Set<string>(directories);
  for (const { path } of entries) for (let dir = dirname(path); dir !== "/"; dir = dirname(dir)) wanted.add(dir);
  const folders = [...wanted].sort();
  return [
    ...folders.map((path): Entry => ({ path: `${path}/`, type: "5", mode: path === "/tmp" ? 0o1777 : 0o755 })),
    ...entries,
  ];
}

/** A tar archive; everything in it belongs to root and is as old as time. */
export function tar(entries: readonly Entry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const content = entry.content ?? Buffer.alloc(0);
    return [header(entry, content.length), content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function header({ path, type, mode, link = "" }: Entry, size: number): Buffer {
  const name = Buffer.from(path.replace(/^\/+/, ""));
  if (name.length > 100 || link.length > 100) {
    throw new Error(`a path in an image may have 100 bytes, "${path}" has more`);
  }
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, offset: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, "0")}\0`, offset, "ascii");
  name.copy(block);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  block.write(type, 156, "ascii");
  block.write(link, 157);
  block.write("ustar\x0000", 257, "ascii");
  // The checksum is taken with its own field full of blanks.
  block.fill(" ", 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "ascii");
  return block;
}
