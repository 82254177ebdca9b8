import { connect, type Socket } from "node:net";

const timeoutMs = 5_000;

export interface KeptAnswer {
  readonly client: number;
  /** When it arrived, in ms since 1970. */
  readonly at: number;
  readonly color: string;
}

export interface KeptFailure {
  readonly client: number;
  /** When the request was sent. */
  readonly at: number;
  /**
   * `idle`: the server had closed the connection between two requests, which a client that looks would have seen.
   * `in flight`: it was closed under the request. `status …`, `timeout`, or the code of the error.
   */
  readonly reason: string;
}

/**
 * Clients that each keep one connection and send on it at a steady pace, for ever: no pool, no retry, no look at the
 * connection before sending. Only an answer that says `Connection: close`, or a failure, makes them open another one.
 */
export class KeptClients {
  readonly answers: KeptAnswer[] = [];
  readonly failures: KeptFailure[] = [];
  private readonly clients: KeptClient[];

  /** `everyMs`: pause between two requests of one client. */
  constructor({ url, clients, everyMs }: { url: string; clients: number; everyMs: number }) {
    const { hostname, port, host } = new URL(url);
    this.clients = Array.from({ length: clients }, (_, client) => {
      const told: Told = {
        answered: (color) => this.answers.push({ client, at: Date.now(), color }),
        failed: (at, reason) => this.failures.push({ client, at, reason }),
      };
      // Spread evenly over the first round.
      const firstIn = (client * everyMs) / clients;
      return new KeptClient({ hostname, port: Number(port), host, everyMs, firstIn, told });
    });
  }

  stop(): void {
    for (const client of this.clients) client.stop();
  }
}

interface Told {
  answered(color: string): void;
  failed(at: number, reason: string): void;
}

interface KeptOptions {
  readonly hostname: string;
  readonly port: number;
  readonly host: string;
  readonly everyMs: number;
  readonly firstIn: number;
  readonly told: Told;
}

class KeptClient {
  private readonly options: KeptOptions;
  private readonly request: string;
  private socket: Socket | null = null;
  /** The server has closed the connection. */
  private over = false;
  private waiting: { at: number; timer: NodeJS.Timeout } | null = null;
  private received = "";
  private timer: NodeJS.Timeout | undefined;
  private due: number;
  private stopped = false;

  constructor(options: KeptOptions) {
    this.options = options;
    this.request = `GET / HTTP/1.1\r\nHost: ${options.host}\r\n\r\n`;
    this.due = performance.now() + options.firstIn;
    this.plan();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    if (this.waiting) clearTimeout(this.waiting.timer);
    this.waiting = null;
    this.socket?.destroy();
  }

  private plan(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => this.send(), Math.max(0, this.due - performance.now()));
    this.due += this.options.everyMs;
  }

  private send(): void {
    if (this.over) {
      this.fail("idle");
      return;
    }
    this.socket ??= this.open();
    const at = Date.now();
    this.waiting = { at, timer: setTimeout(() => this.fail("timeout"), timeoutMs) };
    this.socket.write(this.request);
  }

  private open(): Socket {
    const socket = connect({ host: this.options.hostname, port: this.options.port, noDelay: true });
    const mine = () => socket === this.socket;
    const ended = (reason: string) => {
      if (!mine()) return;
      if (this.waiting) this.fail(reason);
      else this.over = true;
    };
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      if (mine()) this.read(text);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      ended(error.code === "ECONNRESET" || error.code === "EPIPE" ? "in flight" : (error.code ?? error.message));
    });
    socket.on("end", () => ended("in flight"));
    socket.on("close", () => ended("in flight"));
    return socket;
  }

  private read(text: string): void {
    this.received += text;
    const end = this.received.indexOf("\r\n\r\n");
    if (end === -1) return;
    const head = this.received.slice(0, end);
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
    if (this.received.length < end + 4 + length || !this.waiting) return;
    const status = head.slice(9, 12);
    if (status !== "200") {
      this.fail(`status ${status}`);
      return;
    }
    clearTimeout(this.waiting.timer);
    this.waiting = null;
    this.received = "";
    this.options.told.answered(/^x-app-color: (\w+)/im.exec(head)?.[1] ?? "");
    if (/^connection: close/im.test(head)) this.drop();
    this.plan();
  }

  private fail(reason: string, at = this.waiting?.at ?? Date.now()): void {
    if (this.waiting) clearTimeout(this.waiting.timer);
    this.waiting = null;
    this.options.told.failed(at, reason);
    this.drop();
    this.plan();
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    this.over = false;
    this.received = "";
    socket?.destroy();
  }
}
