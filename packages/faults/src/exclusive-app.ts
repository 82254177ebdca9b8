import { uptime } from "node:os";
import type { Color } from "@bluegreen/core";
import { LeaseCounter } from "@bluegreen/testkit/workers/lease-counter";
import type { App } from "./app.ts";
import type { Ground } from "./ground.ts";
import type { Loss } from "./loss.ts";

/** A kubelet looks every second for containers that have ended. */
const bakes = { docker: "500ms", kubernetes: "2s" } as const;

/** One service that may never run in both colors, and holds a lease as long as it runs. Nothing leads to it. */
export class ExclusiveApp implements App {
  readonly settings: App["settings"];
  private readonly ground: Ground;
  private readonly counter: LeaseCounter;

  private constructor(ground: Ground, counter: LeaseCounter) {
    this.ground = ground;
    this.counter = counter;
    this.settings = {
      router: { kind: "none", exclusive: true },
      services: { bot: counter.worker },
      gates: [{ kind: "running", healthyFor: "0s", interval: "50ms" }],
      bake: bakes[ground.platform],
    };
  }

  static async open(ground: Ground): Promise<ExclusiveApp> {
    return new ExclusiveApp(ground, await LeaseCounter.open(ground.platform));
  }

  /** That it goes on working is watched without. */
  checks(): object[] {
    return [];
  }

  async watch(): Promise<void> {}

  /** Those who hold the lease, and whoever else is about to take it. */
  async answering(): Promise<string> {
    const running = await this.ground.running();
    const present = this.counter.present.map(({ color }) => color);
    return present.length > 0 ? [...new Set([...present, ...running])].sort().join(", ") : "nobody";
  }

  spoil(color: Color): Promise<void> {
    return this.crash(color);
  }

  crash(color: Color): Promise<void> {
    return this.ground.crash(color);
  }

  /** By the workers' clock. */
  mark(): number {
    return uptime();
  }

  async lossSince(mark: number): Promise<Loss> {
    return { of: "work", ...this.counter.since(mark) };
  }

  close(): Promise<void> {
    return this.counter.close();
  }
}
