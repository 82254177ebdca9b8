import { createServer, type Server, type Socket } from "node:net";
import { uptime } from "node:os";
import { createInterface } from "node:readline";
import { hostAddress, type Network } from "../databases/server.ts";

/** One worker's hold on the lease, by its own clock: seconds since this machine was started, which containers share. */
export interface Hold {
  readonly color: string;
  readonly version: string;
  readonly from: number;
  /** The last moment at which it said that it holds the lease. */
  to: number;
  /** Its connection is there. */
  open: boolean;
}

/** How the lease was held in a time. */
export interface Shifts {
  /** Each time that nobody held it, in milliseconds. */
  readonly gapsMs: readonly number[];
  /** Most workers that held it at one time. */
  readonly most: number;
}

/**
 * A lease that workers take when they start and hold until they end, counted where they take it: each says every few
 * milliseconds that it holds it, with its own time, so it does not matter when that is read here.
 */
export class LeaseCounter {
  readonly holds: Hold[] = [];
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  readonly address: { readonly host: string; readonly port: number };

  private constructor(server: Server, host: string) {
    this.server = server;
    const address = server.address();
    this.address = { host, port: typeof address === "object" && address ? address.port : 0 };
    server.on("connection", (socket) => this.listen(socket));
  }

  /** On the platform's own network, where its containers find it. */
  static async open(network: Network): Promise<LeaseCounter> {
    const host = await hostAddress(network);
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.on("error", reject);
      server.listen(0, host, resolve);
    });
    return new LeaseCounter(server, host);
  }

  /** Settings of a service whose containers hold the lease, and end 300 ms after they were told to. */
  get worker(): { readonly entrypoint: readonly string[] } {
    const { host, port } = this.address;
    const script = `
      trap 'sleep 0.3; exit 0' TERM
      say() { read up rest < /proc/uptime; echo "$BLUEGREEN_COLOR $VERSION $up"; }
      case "$VERSION" in *faulty*) (sleep 0.5; kill -9 0) & ;; esac
      { while :; do say; sleep 0.02; done; } | nc ${host} ${port} &
      wait $!
      exit 1`;
    return { entrypoint: ["sh", "-c", script] };
  }

  /** Those who hold the lease now. */
  get present(): Hold[] {
    return this.holds.filter(({ open }) => open);
  }

  /** Most workers that held it at one time. */
  get most(): number {
    return mostOf(this.holds);
  }

  /** Milliseconds between the end of the last hold of a color and the beginning of the next one of any. */
  get gaps(): { readonly from: string; readonly to: string; readonly ms: number }[] {
    const sorted = inOrder(this.holds);
    return sorted.slice(1).map((next, index) => {
      const last = sorted[index] as Hold;
      return { from: last.color, to: next.color, ms: Math.round((next.from - last.to) * 1_000) };
    });
  }

  /** Since then, by the workers' clock. */
  since(from: number): Shifts {
    return shiftsOf(this.holds, from, uptime());
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private listen(socket: Socket): void {
    let hold: Hold | null = null;
    this.sockets.add(socket);
    const lines = createInterface({ input: socket });
    lines.on("line", (line) => {
      const [color = "", version = "", up = ""] = line.split(" ");
      if (!hold) {
        hold = { color, version, from: Number(up), to: Number(up), open: true };
        this.holds.push(hold);
      }
      hold.to = Number(up);
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.sockets.delete(socket);
      if (hold) hold.open = false;
    });
  }
}

/** From one time to another. A hold that is open has lasted until the end. */
export function shiftsOf(all: readonly Hold[], from: number, to: number): Shifts {
  const holds = inOrder(all.filter((one) => one.open || one.to >= from));
  const spans = holds.map((one) => ({ from: one.from, to: one.open ? to : one.to }));
  let end = from;
  const gapsMs = [...spans, { from: to, to }].flatMap((span) => {
    const ms = Math.round((span.from - end) * 1_000);
    end = Math.max(end, span.to);
    return ms > 0 ? [ms] : [];
  });
  return { gapsMs, most: mostOf(holds) };
}

function inOrder(holds: readonly Hold[]): Hold[] {
  return [...holds].sort((a, b) => a.from - b.from);
}

function mostOf(holds: readonly Hold[]): number {
  const atOnce = holds.map((one) => holds.filter((it) => it.from <= one.from && one.from <= it.to).length);
  return Math.max(0, ...atOnce);
}
