import type { Duplex } from "node:stream";
import type Docker from "dockerode";
import { within } from "../deadline.ts";
import { Connection } from "./connection.ts";

/** A process inside a running container: what is written goes to its stdin, what is read is its stdout. */
export async function openExec(docker: Docker, container: string, command: readonly string[]): Promise<Duplex> {
  const exec = await docker.getContainer(container).exec({
    Cmd: [...command],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  return new ExecStream(await exec.start({ hijack: true, stdin: true, Tty: false }));
}

/** Runs a shell script to its end and gives its output. Rejects with what it wrote to stderr, if anything. */
export async function runScript(
  docker: Docker,
  container: string,
  script: string,
  args: readonly string[],
): Promise<string> {
  const stream = await openExec(docker, container, ["sh", "-c", script, "sh", ...args]);
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const keptBytes = 64 * 1024;

/**
 * Runs a program to its end, and gives the end of all that it printed. Rejects when it can't be started, or takes longer;
 * Docker has no way to end it then.
 */
export async function runExec(
  docker: Docker,
  container: string,
  command: readonly string[],
  timeoutMs: number,
): Promise<{ exit: number; output: string }> {
  const exec = await docker.getContainer(container).exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true });
  const raw = await exec.start({ hijack: true, stdin: false, Tty: false });
  try {
    const printed = await within(timeoutMs, readAll(raw), `${command[0]} did not end`);
    const { ExitCode } = await exec.inspect();
    return { exit: ExitCode ?? -1, output: demultiplexed(printed).subarray(-keptBytes).toString() };
  } finally {
    raw.destroy();
  }
}

async function readAll(stream: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The payloads of whole frames, of stdout and stderr in their order. */
export function demultiplexed(frames: Buffer): Buffer {
  const payloads: Buffer[] = [];
  for (let at = 0; at + headerBytes <= frames.length; ) {
    const end = at + headerBytes + frames.readUInt32BE(at + 4);
    payloads.push(frames.subarray(at + headerBytes, end));
    at = end;
  }
  return Buffer.concat(payloads);
}

const headerBytes = 8;
const stderrStream = 2;

/** Docker multiplexes stdout and stderr over one connection: 1 byte stream, 3 unused, 4 length, then the payload. */
export class ExecStream extends Connection {
  private readonly raw: NodeJS.ReadWriteStream & { destroy?: () => void };
  private buffered = Buffer.alloc(0);
  private complaint = "";

  constructor(raw: NodeJS.ReadWriteStream) {
    super();
    this.raw = raw;
    raw.on("data", (chunk: Buffer) => this.demultiplex(chunk));
    raw.on("end", () => this.finish());
    raw.on("close", () => this.finish());
    raw.on("error", (error: Error) => this.destroy(error));
  }

  private demultiplex(chunk: Buffer): void {
    this.buffered = Buffer.concat([this.buffered, chunk]);
    while (this.buffered.length >= headerBytes) {
      const length = this.buffered.readUInt32BE(4);
      if (this.buffered.length < headerBytes + length) return;
      const payload = this.buffered.subarray(headerBytes, headerBytes + length);
      if (this.buffered[0] === stderrStream) this.complaint += payload.toString().slice(0, 500);
      else this.push(payload);
      this.buffered = this.buffered.subarray(headerBytes + length);
    }
  }

  private finish(): void {
    if (this.destroyed) return;
    if (this.complaint) this.destroy(new Error(this.complaint.trim()));
    else this.push(null);
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.raw.write(chunk, (error) => done(error));
  }

  override _final(done: () => void): void {
    this.raw.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.raw.destroy?.();
    done(error);
  }
}
