import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { anchorNow, clockFrom } from "./clock.ts";
import type { Answer, Answers, Orders, Question } from "./protocol.ts";
import type { LoadReport, Mark, Tally } from "./report.ts";

export interface LoadOptions {
  /** An http:// address. */
  readonly url: string;
  /** `Host` header, for a router that many share. @default the address's own */
  readonly host?: string;
  /** Requests per second, sent on schedule whether or not earlier ones were answered. */
  readonly rate: number;
  /** Connections held open between requests. @default 20 */
  readonly kept?: number;
  /** Share of requests, 0 to 1, that are made on a connection of their own. @default 0.5 */
  readonly newShare?: number;
  /** From sending a request to the last byte of its answer, in ms; later = failed. @default 5000 */
  readonly timeoutMs?: number;
  /** @default "/" */
  readonly path?: string;
  /**
   * Every new connection comes from an address of its own, out of 127.0.0.0/8. A client that opens hundreds of
   * connections a second soon uses a port again, and the kernel sends it where it sent the one before: to a Service that
   * was without a backend at that time, nowhere. @default false, all come from one address
   */
  readonly manySources?: boolean;
  /** How the command begins by which the generator is started: what leads it into another network. @default [] */
  readonly inside?: readonly string[];
  /** The generator stops sending after that, whatever happens. @default 900 */
  readonly maxSeconds?: number;
}

/** Steady open-loop traffic from a process of its own, without retries of any kind. */
export interface Load {
  /** The generator's process. */
  readonly pid: number;
  /** When the first request was due, in ms since 1970. */
  readonly startedAt: number;
  /** Notes an event on the timeline; returns its time in ms since 1970. */
  mark(label: string): number;
  /** Counters of the requests sent since the last mark (or the start), so far. */
  window(): Promise<Tally>;
  /** Counters of the requests sent in [from, to), so far; times in ms since 1970. @param to default: now */
  since(from: number, to?: number): Promise<Tally>;
  /** Sends no more, waits for answers still to come and ends the generator. Again: the same report. */
  stop(): Promise<LoadReport>;
}

/**
 * Starts traffic; resolves once it flows. The generator ends with this process, however that dies, and keeps no
 * process alive that has nothing else to do.
 * @throws {RangeError} naming every option that makes no sense
 */
export async function startLoad(options: LoadOptions): Promise<Load> {
  const anchor = anchorNow();
  const now = clockFrom(anchor);
  const orders = ordersOf(options, anchor);
  const channel = new Channel(orders.url, options.inside ?? []);
  const { startedAt } = await channel.ask({ ask: "start", orders });
  const marks: Mark[] = [];
  let report: Promise<LoadReport> | undefined;
  return {
    pid: channel.pid,
    startedAt,
    mark(label) {
      // Two marks never share a time: each is a cut of its own.
      const at = Math.max(now(), (marks.at(-1)?.at ?? 0) + 0.001);
      marks.push({ at, label });
      return at;
    },
    window: () => channel.ask({ ask: "tally", from: marks.at(-1)?.at ?? startedAt, to: undefined }),
    since: (from, to) => channel.ask({ ask: "tally", from, to }),
    stop() {
      report ??= channel.ask({ ask: "stop", marks }).finally(() => channel.close());
      return report;
    },
  };
}

function ordersOf(options: LoadOptions, anchor: Orders["anchor"]): Orders {
  const { rate, kept = 20, newShare = 0.5, timeoutMs = 5000, path = "/", maxSeconds = 900, host = "" } = options;
  const { manySources = false } = options;
  const url = URL.canParse(path, options.url) ? new URL(path, options.url) : undefined;
  const problems = [
    url?.protocol !== "http:" && `url is "${options.url}"; it must be an http:// address`,
    !(rate > 0 && rate <= 100_000) && `rate is ${rate}; it must be above 0 and at most 100,000 requests a second`,
    !(Number.isInteger(kept) && kept >= 0) && `kept is ${kept}; it must be a whole number, 0 or more`,
    !(newShare >= 0 && newShare <= 1) && `newShare is ${newShare}; it must be between 0 and 1`,
    !(timeoutMs > 0) && `timeoutMs is ${timeoutMs}; it must be above 0`,
    !(maxSeconds > 0 && maxSeconds <= 86_400) && `maxSeconds is ${maxSeconds}; it must be above 0, at most a day`,
  ].filter((problem) => problem !== false);
  if (problems.length > 0 || url === undefined) throw new RangeError(`load: ${problems.join("\n")}`);
  return { url: url.href, host, rate, kept, newShare, timeoutMs, manySources, maxSeconds, anchor };
}

type Unnumbered<Q> = Q extends Question ? Omit<Q, "id"> : never;

/** Questions to the generator process and their answers. */
class Channel {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, PromiseWithResolvers<Answer["value"]>>();
  private asked = 0;
  private ended: Error | undefined;

  constructor(url: string, inside: readonly string[]) {
    const [execPath = "", ...execArgv] = [...inside, process.execPath];
    this.child = fork(fileURLToPath(new URL("./generator.ts", import.meta.url)), [], {
      execPath,
      execArgv,
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.child.unref();
    this.child.on("message", ({ id, value }: Answer) => {
      this.waiting.get(id)?.resolve(value);
      this.settle(id);
    });
    const fail = (why: string) => {
      this.ended ??= new Error(`the load generator for ${url} ${why}`);
      for (const [id, { reject }] of this.waiting) {
        reject(this.ended);
        this.settle(id);
      }
    };
    // A question that can't be sent any more is answered by the exit, which says why.
    this.child.on("error", (error) => {
      if (this.child.pid === undefined) fail(`could not run: ${error.message}`);
    });
    this.child.on("exit", (code, signal) => fail(`has ended (${signal ?? `exit code ${code}`})`));
  }

  get pid(): number {
    return this.child.pid!;
  }

  ask<Q extends Unnumbered<Question>>(question: Q): Promise<Answers[Q["ask"]]> {
    if (this.ended !== undefined) return Promise.reject(this.ended);
    const id = ++this.asked;
    const answer = Promise.withResolvers<Answer["value"]>();
    this.waiting.set(id, answer);
    this.child.channel?.ref();
    this.child.send({ id, ...question });
    return answer.promise as Promise<Answers[Q["ask"]]>;
  }

  close(): void {
    if (this.child.connected) this.child.disconnect();
  }

  /** This process waits for answers it asked for, and for nothing else. */
  private settle(id: number): void {
    this.waiting.delete(id);
    if (this.waiting.size === 0) this.child.channel?.unref();
  }
}
