import { posix } from "node:path";

const BLOCK = 512;

export interface TarEntry {
  path: string;
  /** A file, a symbolic link, a directory. */
  type: "0" | "2" | "5";
  mode: number;
  content?: Buffer;
  link?: string;
}

/** A tar archive; everything in it belongs to root and is as old as time. */
export function tar(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const content = entry.content ?? Buffer.alloc(0);
    return [header(entry, content.length), content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function header({ path, type, mode, link = "" }: TarEntry, size: number): Buffer {
  const name = Buffer.from(path.replace(/^\/+/, ""));
  if (name.length > 100 || link.length > 100) {
    throw new Error(`a path in a tar archive may have 100 bytes, "${path}" has more`);
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

/** The texts of the files in an archive, by their names without folders. */
export function filesIn(archive: Buffer): Record<string, string> {
  const files: Record<string, string> = {};
  for (let at = 0; at + BLOCK <= archive.length && archive[at] !== 0; ) {
    const name = archive.toString("latin1", at, at + 100).replace(/\0.*$/s, "");
    const size = Number.parseInt(archive.toString("latin1", at + 124, at + 136), 8) || 0;
    const begin = at + BLOCK;
    if (!name.endsWith("/")) files[posix.basename(name)] = archive.toString("utf8", begin, begin + size);
    at = begin + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}
