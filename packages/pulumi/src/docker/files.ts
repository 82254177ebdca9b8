import { posix } from "node:path";
import { Readable } from "node:stream";
import tar from "tar-stream";
import { bounds, readWhole } from "../io/bounds.ts";
import type { Docker } from "./api.ts";
import { statusOf } from "./client.ts";

/**
 * Small files inside a container, running or not, through Docker's archive API: the one store that is there wherever
 * the Docker Engine is.
 */
export async function putFile(docker: Docker, container: string, path: string, text: string): Promise<void> {
  const pack = tar.pack();
  pack.entry({ name: path.replace(/^\//, ""), mode: 0o600 }, text);
  pack.finalize();
  await docker.getContainer(container).putArchive(Readable.from(pack), { path: "/" });
}

/** A file's text, or `null` when the file or its container is not there. */
export async function readFile(docker: Docker, container: string, path: string): Promise<string | null> {
  return Object.values(await readFolder(docker, container, path))[0] ?? null;
}

/** The texts of a folder's files by their names; none when the folder or its container is not there. */
export async function readFolder(docker: Docker, container: string, path: string): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  try {
    const archive = await docker.getContainer(container).getArchive({ path });
    for await (const entry of archive.pipe(tar.extract())) {
      const text = (await readWhole(entry, bounds.state, path)).toString();
      if (entry.header.type === "file") texts[posix.basename(entry.header.name)] = text;
    }
    return texts;
  } catch (error) {
    if (statusOf(error) === 404) return {};
    throw error;
  }
}

/** What is below a folder, by paths: folders, the texts of files, and where links lead. Nothing when it is not there. */
export async function readTree(docker: Docker, container: string, path: string) {
  const folders: string[] = [];
  const texts: Record<string, string> = {};
  const links: Record<string, string> = {};
  try {
    const archive = await docker.getContainer(container).getArchive({ path });
    for await (const entry of archive.pipe(tar.extract())) {
      const text = (await readWhole(entry, bounds.state, path)).toString();
      const { name, type, linkname } = entry.header;
      const below = name.slice(name.indexOf("/") + 1);
      if (type === "directory") folders.push(below.replace(/\/$/, ""));
      if (type === "file") texts[below] = text;
      if (type === "symlink") links[below] = linkname ?? "";
    }
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
  return { folders, texts, links };
}
