import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "../contracts/answer.ts";
import { bounds } from "../io/bounds.ts";
import { type Ask, request } from "../io/http-request.ts";
import { reasonOf } from "../io/reason.ts";
import type { Container, Docker } from "./api.ts";
import { Connection } from "./connection.ts";
import { ExecStream } from "./exec.ts";
import { removeContainer } from "./inventory.ts";
import { labels } from "./labels.ts";
import { joinTunnel } from "./tunnel.ts";

/** What the way to the Docker host may take on top of a request's own deadline. Milliseconds. */
const wayMs = 20_000;

/** An answer with its headers, and a byte more than is read of it: so its reader sees that it is longer. */
const answerBytes = bounds.answer + bounds.message + 1;

/**
 * One request a line, answered by two: what came back, and what `nc` complained about. Its stdin is a pipe that stays
 * open, for a server takes the end of it for a client that has gone. Without a line it ends by itself after an hour.
 */
const loop = `
mkfifo /tmp/ask
while read -r -t 3600 seconds host port request; do
  exec 3<> /tmp/ask
  printf %s "$request" | base64 -d >&3
  timeout "$seconds" nc "$host" "$port" < /tmp/ask 2> /tmp/said | head -c ${answerBytes} | base64 -w 0
  exec 3>&-
  said=
  read -r said < /tmp/said
  printf '\\n%s\\n' "$said"
done
`;

/** The connection to the probe is gone: nothing was learned about whom it asked. */
class Interrupted extends Error {}

/**
 * Asks from the network of a Docker host that the deployer can't reach, as the host's own users do: through published
 * ports. It is one container for as many requests as there are, and it ends with the connection to it. A request's
 * deadline counts in whole seconds there.
 */
export class HostProbe {
  private readonly docker: Docker;
  private readonly app: string;
  private readonly image: string;
  private session: Promise<Session> | null = null;
  private last: Promise<unknown> = Promise.resolve();

  /** `image`: one that the host has, with a shell and busybox's `nc`, `timeout` and `base64`. */
  constructor(docker: Docker, of: { readonly app: string; readonly image: string }) {
    this.docker = docker;
    this.app = of.app;
    this.image = of.image;
  }

  /** One after the other. */
  request(ask: Ask): Promise<Answer> {
    const answer = this.last.then(() => this.send(ask));
    this.last = answer.catch(() => {});
    return answer;
  }

  /** Joins a connection to what listens there, as the host sees it. */
  async join(to: { readonly host: string; readonly port: number }, connection: Duplex): Promise<void> {
    this.session ??= this.open();
    const { container } = await this.session;
    return joinTunnel(this.docker, container, to, connection);
  }

  async close(): Promise<void> {
    const session = await this.session?.catch(() => null);
    session?.stream.destroy();
  }

  private async send(ask: Ask): Promise<Answer> {
    try {
      return await this.sendOnce(ask);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      await this.close();
      this.session = null;
      return this.sendOnce(ask);
    }
  }

  private async sendOnce(ask: Ask): Promise<Answer> {
    this.session ??= this.open();
    const session = await this.session;
    const createConnection = () => new Exchange((sent) => exchange(session, ask, sent));
    // The exchange has deadlines of its own, and has to be over before the next.
    return request({ ...ask, timeoutMs: ask.timeoutMs + 3 * wayMs, createConnection });
  }

  private async open(): Promise<Session> {
    try {
      return await this.start(await this.create());
    } catch (error) {
      this.session = null;
      throw new Error(`no probe could be started on the Docker host: ${reasonOf(error)}`);
    }
  }

  private create(): Promise<Container> {
    return this.docker.createContainer({
      Image: this.image,
      Entrypoint: ["sh", "-c", loop],
      Labels: { [labels.app]: this.app, [labels.role]: "probe" },
      OpenStdin: true,
      StdinOnce: true,
      // What it is answered is nothing for the host's logs.
      HostConfig: {
        NetworkMode: "host",
        UsernsMode: "host",
        AutoRemove: true,
        LogConfig: { Type: "none", Config: {} },
      },
    });
  }

  private async start(container: Container): Promise<Session> {
    try {
      const raw = await container.attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true });
      const stream = new ExecStream(raw);
      // Who reads it is told.
      stream.on("error", () => {});
      await container.start();
      return { container: container.id, stream, lines: linesOf(stream) };
    } catch (error) {
      // What was never started does not remove itself.
      await removeContainer(this.docker, container.id);
      throw error;
    }
  }
}

interface Session {
  readonly container: string;
  readonly stream: ExecStream;
  readonly lines: AsyncIterator<string>;
}

async function exchange({ stream, lines }: Session, { host, port, path, timeoutMs }: Ask, sent: Buffer) {
  const seconds = Math.ceil(timeoutMs / 1_000);
  stream.write(`${seconds} ${host} ${port} ${sent.toString("base64")}\n`);
  const answer = Buffer.from(await nextLine(lines, seconds * 1_000 + wayMs), "base64");
  const complaint = await nextLine(lines, wayMs);
  if (answer.length > 0) return answer;
  throw new Error(complaint || `no answer from ${host}:${port}${path} within ${seconds} s`);
}

async function* linesOf(stream: ExecStream): AsyncGenerator<string, undefined> {
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

async function nextLine(lines: AsyncIterator<string>, withinMs: number): Promise<string> {
  const late = sleep(withinMs, { done: true, value: `nothing within ${withinMs} ms` } as const, { ref: false });
  const line = await Promise.race([lines.next(), late]).catch((error) => ({ done: true, value: reasonOf(error) }));
  if (line.done) throw new Interrupted(`the probe on the Docker host was cut off: ${line.value ?? "it ended"}`);
  return line.value;
}

/** A connection for one request, which is sent when it is whole, and whose answer comes whole. */
class Exchange extends Connection {
  private readonly exchange: (sent: Buffer) => Promise<Buffer>;
  private readonly sent: Buffer[] = [];

  constructor(exchange: (sent: Buffer) => Promise<Buffer>) {
    super();
    this.exchange = exchange;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    // What node:http writes of one request it writes at once.
    if (this.sent.push(chunk) === 1) setImmediate(() => void this.carryOut());
    done();
  }

  private async carryOut(): Promise<void> {
    try {
      this.push(await this.exchange(Buffer.concat(this.sent)));
      this.push(null);
    } catch (error) {
      this.destroy(error as Error);
    }
  }
}
