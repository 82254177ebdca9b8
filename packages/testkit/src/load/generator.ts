/**
 * The process that makes the load. It takes orders over IPC and ends with its parent, however that dies.
 * Started by load.ts only.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "./client.ts";
import { clockFrom } from "./clock.ts";
import type { Answer, Orders, Question } from "./protocol.ts";
import type { LoadReport, Mark } from "./report.ts";
import { RequestLog } from "./request-log.ts";
import { openLoop } from "./schedule.ts";
import { percentile } from "./stats.ts";

class Generator {
  readonly log = new RequestLog();
  readonly startedAt: number;
  private readonly orders: Orders;
  private readonly now: () => number;
  private readonly client: Client;
  private readonly halt: (by: LoadReport["endedBy"]) => void;
  private end: { at: number; by: LoadReport["endedBy"] } | undefined;
  private open = 0;

  constructor(orders: Orders) {
    this.orders = orders;
    this.now = clockFrom(orders.anchor);
    this.client = new Client({ ...orders, now: this.now });
    this.startedAt = this.now();
    // Spread evenly: at a share of 0.5 every second request gets a connection of its own.
    let owed = 0;
    const schedule = openLoop(orders.rate, this.now, (latenessMs) => {
      owed += orders.newShare;
      const fresh = owed >= 1 - 1e-9;
      if (fresh) owed -= 1;
      this.send(!fresh, latenessMs);
    });
    const limit = setTimeout(() => this.halt("maxSeconds"), orders.maxSeconds * 1000);
    this.halt = (by) => {
      if (this.end !== undefined) return;
      clearTimeout(limit);
      schedule.stop();
      this.end = { at: this.now(), by };
    };
  }

  private send(kept: boolean, latenessMs: number): void {
    const request = this.log.sent(this.now(), latenessMs);
    this.open++;
    this.client.send(kept, (outcome) => {
      this.open--;
      this.log.ended(request, outcome);
    });
  }

  /** Sends no more, waits for the answers still to come (each has its timeout) and sums up. */
  async stop(marks: readonly Mark[]): Promise<LoadReport> {
    this.halt("stop");
    while (this.open > 0) await sleep(5);
    this.client.close();
    const { at: endedAt, by: endedBy } = this.end!;
    const { startedAt, log } = this;
    const cuts = [startedAt, ...marks.map(({ at }) => at).filter((at) => at > startedAt && at < endedAt), endedAt];
    cuts.sort((a, b) => a - b);
    const segments = cuts.slice(1).map((to, i) => {
      const from = cuts[i]!;
      return { from, to, ...log.tally(from, to) };
    });
    const lateness = log.latenessMs();
    const latency = log.latencyMs();
    return {
      url: this.orders.url,
      startedAt,
      endedAt,
      endedBy,
      rate: this.orders.rate,
      ...log.tally(startedAt, endedAt),
      byKind: log.byKind(),
      failures: log.failures(),
      seconds: log.seconds(startedAt, endedAt),
      marks,
      segments,
      lateness: { p99Ms: percentile(lateness, 0.99), maxMs: percentile(lateness, 1) },
      latency: {
        medianMs: percentile(latency, 0.5),
        p99Ms: percentile(latency, 0.99),
        maxMs: percentile(latency, 1),
      },
    };
  }
}

let generator: Generator | undefined;

async function answer(question: Question): Promise<Answer["value"]> {
  if (question.ask === "start") {
    generator = new Generator(question.orders);
    return { startedAt: generator.startedAt };
  }
  if (generator === undefined) throw new Error(`"${question.ask}" before "start"`);
  if (question.ask === "tally") return generator.log.tally(question.from, question.to ?? Number.POSITIVE_INFINITY);
  return generator.stop(question.marks);
}

process.on("message", (question: Question) => {
  answer(question).then(
    (value) => process.send!({ id: question.id, value } satisfies Answer),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
});
// The channel closes when the parent is gone, killed or not. Ctrl-C reaches the whole group: the parent decides.
process.on("disconnect", () => process.exit(0));
process.on("SIGINT", () => {});
