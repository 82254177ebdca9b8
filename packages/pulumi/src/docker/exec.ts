import type { Duplex } from "node:stream";
import { bounds, readWhole, Tail } from "../io/bounds.ts";
import { within } from "../io/deadline.ts";
import type { Docker } from "./api.ts";
import { Connection } from "./connection.ts";

/** A process inside a running container: what is written goes to its stdin, what is read is its stdout. */
export async function openExec(docker: Docker, container: string, command: readonly string[]): Promise<Duplex> {
  const exec = await docker.getContainer(container).exec({
    Cmd: [...command],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  return new ExecStream(await exec.start());
}

/** Runs a shell script to its end and gives its output. Rejects with what it wrote to stderr, if anything. */
export async function runScript(
  docker: Docker,
  container: string,
  script: string,
  args: readonly string[],
): Promise<string> {
  const stream = await openExec(docker, container, ["sh", "-c", script, "sh", ...args]);
  return (await readWhole(stream, bounds.state)).toString();
}

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
  const raw = await exec.start();
  try {
    const printed = await within(timeoutMs, tailOf(raw), `${command[0]} did not end`);
    const { ExitCode } = await exec.inspect();
    return { exit: ExitCode ?? -1, output: printed.toString() };
  } finally {
    raw.destroy();
  }
}

/** Of stdout and stderr in their order. */
async function tailOf(frames: Duplex): Promise<Tail> {
  const tail = new Tail(bounds.printed);
  const take = takeApart((payload) => tail.add(payload));
  for await (const chunk of frames) take(chunk as Buffer);
  return tail;
}

const headerBytes = 8;
const stderrStream = 2;

/**
 * Takes Docker's frames apart, wherever they are cut: `take` is given what is there of each payload, as it comes, and
 * whether it is of stderr.
 */
export function takeApart(take: (payload: Buffer, isError: boolean) => void): (chunk: Buffer) => void {
  let header = Buffer.alloc(0);
  let left = 0;
  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      if (left === 0) {
        const part = chunk.subarray(at, at + headerBytes - (header.length % headerBytes));
        header = Buffer.concat([header.subarray(0, header.length % headerBytes), part]);
        at += part.length;
        if (header.length === headerBytes) left = header.readUInt32BE(4);
      } else {
        const payload = chunk.subarray(at, at + left);
        take(payload, header[0] === stderrStream);
        at += payload.length;
        left -= payload.length;
      }
    }
  };
}

/** Docker multiplexes stdout and stderr over one connection: 1 byte stream, 3 unused, 4 length, then the payload. */
export class ExecStream extends Connection {
  private readonly raw: NodeJS.ReadWriteStream & { destroy?: () => void };
  private readonly complaint = new Tail(bounds.message);

  constructor(raw: NodeJS.ReadWriteStream) {
    super();
    this.raw = raw;
    raw.on(
      "data",
      takeApart((payload, isError) => void (isError ? this.complaint.add(payload) : this.push(payload))),
    );
    raw.on("end", () => this.finish());
    raw.on("close", () => this.finish());
    raw.on("error", (error: Error) => this.destroy(error));
  }

  private finish(): void {
    if (this.destroyed) return;
    const complaint = this.complaint.toString().trim();
    if (complaint !== "") this.destroy(new Error(complaint));
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
