import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type TarEntry, tar } from "../tar.ts";

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

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  annotations?: Record<string, string>;
}

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
  const file = (path: string, content: Buffer): TarEntry => ({ path, type: "0", mode: 0o644, content });
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

async function layerEntries({ files, links = {}, directories = [] }: OciImage): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  for (const [path, source] of Object.entries(files)) {
    entries.push({ path, type: "0", mode: 0o755, content: await readFile(source) });
  }
  for (const [path, link] of Object.entries(links)) entries.push({ path, type: "2", mode: 0o777, link });
  const wanted = new Set<string>(directories);
  for (const { path } of entries) for (let dir = dirname(path); dir !== "/"; dir = dirname(dir)) wanted.add(dir);
  const folders = [...wanted].sort();
  return [
    ...folders.map((path): TarEntry => ({ path: `${path}/`, type: "5", mode: path === "/tmp" ? 0o1777 : 0o755 })),
    ...entries,
  ];
}
