import { PassThrough } from "node:stream";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ExecStream } from "../src/docker/exec.ts";

function frame(stream: 1 | 2, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

/** What comes out of a tunnel whose raw connection brings these chunks and ends. */
async function through(chunks: readonly Buffer[]): Promise<Buffer> {
  const raw = new PassThrough();
  const tunnel = new ExecStream(raw);
  for (const chunk of chunks) raw.write(chunk);
  raw.end();
  const parts: Buffer[] = [];
  for await (const part of tunnel) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

test("payloads arrive whole, wherever the connection cuts the frames", async () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(payloads, fc.array(fc.nat(2_500), { maxLength: 30 }), async (sent, cuts) => {
      const bytes = Buffer.concat(sent.map((payload) => frame(1, payload)));
      const at = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
      expect(await through(chunks.filter((chunk) => chunk.length > 0))).toEqual(Buffer.concat(sent));
    }),
    { numRuns: 500 },
  );
});

test("what nc complains about is the error", async () => {
  await expect(through([frame(2, Buffer.from("nc: bad address 'web'\n"))])).rejects.toThrow("nc: bad address 'web'");
});

test("writes go to the raw connection as they are", async () => {
  const written: Buffer[] = [];
  const raw = new PassThrough();
  const write = raw.write.bind(raw);
  raw.write = ((chunk: Buffer, done: () => void) => {
    written.push(chunk);
    done();
    return true;
  }) as typeof write;
  const tunnel = new ExecStream(raw);
  await new Promise((resolve) => tunnel.write("GET / HTTP/1.1\r\n\r\n", resolve));
  expect(Buffer.concat(written).toString()).toBe("GET / HTTP/1.1\r\n\r\n");
});
