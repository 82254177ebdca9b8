import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type NetConnectOpts, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** `deaf`: what is sent arrives, and no answer ever comes back. */
export type Mode = "open" | "cut" | "hangs" | "deaf";

/**
 * The path from a deployer to its platform's API, as one connection after the other: it can be cut, hang, or lose the
 * answers, while the API itself and everybody else who uses it are well.
 */
export class ApiPath {
  private readonly server: Server;
  private readonly pairs = new Set<readonly [client: Socket, api: Socket]>();
  private readonly folder: string | undefined;
  private mode: Mode = "open";

  private constructor(upstream: NetConnectOpts, folder: string | undefined) {
    this.folder = folder;
    this.server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => this.join(client, upstream));
  }

  /** To an API on a unix socket: another unix socket. */
  static async toSocket(path: string): Promise<ApiPath> {
    const folder = await mkdtemp(join(tmpdir(), "bluegreen-api-"));
    const api = new ApiPath({ path, allowHalfOpen: true }, folder);
    await api.listen({ path: api.socket });
    return api;
  }

  /** To an API at an address: a port on the loopback. */
  static async toAddress(host: string, port: number): Promise<ApiPath> {
    const api = new ApiPath({ host, port, allowHalfOpen: true }, undefined);
    await api.listen({ host: "127.0.0.1", port: 0 });
    return api;
  }

  get socket(): string {
    return join(this.folder ?? "", "api.sock");
  }

  get port(): number {
    return (this.server.address() as { port: number }).port;
  }

  /** From now on; connections that are open go with it. */
  be(mode: Mode): void {
    this.mode = mode;
    for (const pair of this.pairs) this.apply(pair);
  }

  async close(): Promise<void> {
    this.be("cut");
    await new Promise((resolve) => this.server.close(resolve));
    if (this.folder) await rm(this.folder, { recursive: true, force: true });
  }

  private listen(where: { path: string } | { host: string; port: number }): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(where, () => resolve());
    });
  }

  private join(client: Socket, upstream: NetConnectOpts): void {
    const api = connect(upstream);
    const pair = [client, api] as const;
    this.pairs.add(pair);
    for (const [one, other] of [pair, [api, client] as const]) {
      one.on("data", (chunk) => {
        // Backpressure does not matter here: exchanges are small.
        if (!(this.mode === "deaf" && one === api)) other.write(chunk);
      });
      one.on("end", () => {
        if (this.mode !== "deaf" || one !== api) other.end();
      });
      one.on("error", () => other.destroy());
      one.on("close", () => {
        this.pairs.delete(pair);
        // What is still to be sent goes out first.
        other.end();
      });
    }
    this.apply(pair);
  }

  private apply([client, api]: readonly [Socket, Socket]): void {
    if (this.mode === "cut") {
      client.destroy();
      api.destroy();
      return;
    }
    for (const socket of [client, api]) {
      if (this.mode === "hangs") socket.pause();
      else socket.resume();
    }
  }
}
