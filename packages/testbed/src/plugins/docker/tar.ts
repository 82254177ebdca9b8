const BLOCK = 512;

/** A tar archive with this one file, as Docker wants uploads. */
export function tarOf(path: string, content: Buffer, mode: number): Buffer {
  const name = Buffer.from(path.replace(/^\/+/, ""));
  if (name.length > 100) throw new Error(`the path of an upload may have 100 bytes, "${path}" has ${name.length}`);
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, offset: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, "0")}\0`, offset, "ascii");
  name.copy(header);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(content.length, 124, 12);
  octal(0, 136, 12);
  header.write("0", 156, "ascii");
  header.write("ustar\x0000", 257, "ascii");
  // The checksum is taken with its own field full of blanks.
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "ascii");
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  return Buffer.concat([header, content, padding, Buffer.alloc(2 * BLOCK)]);
}
