import { request } from "node:http";

/** Orders a second; each is a row. */
const rate = 20;
/** That a busy machine answers late is no failure. */
const timeoutMs = 30_000;

/** Orders that are placed at a steady rate, each on a connection of its own, and never twice. */
export class Orders {
  /** Ids of orders that were acknowledged: their rows are promised. */
  readonly acknowledged: string[] = [];
  readonly failures: string[] = [];
  private readonly url: string;
  private readonly under = new Set<Promise<void>>();
  private readonly timer: NodeJS.Timeout;
  private placed = 0;

  constructor(url: string) {
    this.url = url;
    this.timer = setInterval(() => {
      const order = this.place(`order-${this.placed++}`).finally(() => this.under.delete(order));
      this.under.add(order);
    }, 1_000 / rate);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.under);
  }

  private place(id: string): Promise<void> {
    return new Promise((resolve) => {
      const fail = (reason: string) => {
        this.failures.push(`${id}: ${reason}`);
        resolve();
      };
      const options = { method: "POST", agent: false, localAddress: this.source(), timeout: timeoutMs };
      const sent = request(`${this.url}/orders?id=${id}&who=buyer-of-${id}`, options, (answer) => {
        let text = "";
        answer.on("data", (chunk) => {
          text += chunk;
        });
        answer.on("error", (error) => fail(error.message));
        answer.on("end", () => {
          if (answer.statusCode !== 201) return fail(`${answer.statusCode} ${text.trim()}`);
          this.acknowledged.push(id);
          resolve();
        });
      });
      sent.on("timeout", () => sent.destroy(new Error("no answer in time")));
      sent.on("error", (error) => fail(error.message));
      sent.end();
    });
  }

  /** Another address of this machine each time: a port that is used again is sent where it was sent before. */
  private source(): string {
    return `127.1.${(this.placed >> 8) & 0xff}.${this.placed & 0xff}`;
  }
}
