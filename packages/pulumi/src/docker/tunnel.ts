import http from "node:http";
import { Duplex } from "node:stream";
import type Docker from "dockerode";

/**
 * A connection to `host:port` as the router container sees it, through `docker exec … nc`. It reaches what has no
 * address on the deployer's machine: the router's admin API, which listens on the container's own loopback only, and
 * candidates by their container names. Who may use it is who may use the Docker Engine; it works wherever that is.
 */
export async function openTunnel(docker: Docker, container: string, host: string, port: number): Promise<Duplex> {
  const exec = await docker.getContainer(container).exec({
    Cmd: ["nc", host, String(port)],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  const raw = await exec.start({ hijack: true, stdin: true, Tty: false });
  return new ExecStream(raw);
}

/** An HTTP agent whose connections are tunnels. One connection at a time: requests of a cutover follow each other. */
export function tunnelAgent(docker: Docker, container: string): http.Agent {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = (options, done) => {
    openTunnel(docker, container, String(options.host), Number(options.port)).then(
      (stream) => done?.(null, stream),
      (error: Error) => done?.(error, undefined as unknown as Duplex),
    );
    return undefined as unknown as Duplex;
  };
  return agent;
}

const headerBytes = 8;
const stderrStream = 2;

/** Docker multiplexes stdout and stderr over one connection: 1 byte stream, 3 unused, 4 length, then the payload. */
class ExecStream extends Duplex {
  private readonly raw: NodeJS.ReadWriteStream & { destroy?: () => void };
  private buffered = Buffer.alloc(0);
  private complaint = "";

  constructor(raw: NodeJS.ReadWriteStream) {
    super({ allowHalfOpen: false });
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

  // node:http treats its connections as sockets; these have no meaning for a tunnel.
  setKeepAlive(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setTimeout(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}
