import { setTimeout as sleep } from "node:timers/promises";
import { type Color, isColor } from "@bluegreen/core";
import { type Load, startLoad } from "@bluegreen/testkit/load/load";
import type { App } from "./app.ts";
import type { Front, Ground } from "./ground.ts";
import { type Loss, sum } from "./loss.ts";

/** Requests per second, to all live addresses together: every moment without an answer is seen, and two cores have time for the rest. */
export const rate = 50;
const maxSeconds = 4 * 3600;
const asked = 6;
const answersWithinMs = 10_000;

/** Services that each have a live address, under steady load. */
export class RoutedApp implements App {
  readonly settings: App["settings"];
  private readonly ground: Ground;
  private readonly services: readonly string[];
  private readonly fronts: readonly Front[];
  private readonly loads: Load[] = [];

  private constructor(ground: Ground, services: readonly string[], fronts: readonly Front[]) {
    const service = { port: 8080, ready: "/health/ready", env: { FAREWELL_MS: "1000" } };
    const routers = fronts.map(({ router }) => router);
    this.ground = ground;
    this.services = services;
    this.fronts = fronts;
    this.settings = {
      router: routers.length === 1 ? (routers[0] as object) : routers,
      services: Object.fromEntries(services.map((name) => [name, service])),
      gates: this.ofEach({ path: "/health/ready", within: "20s", interval: "100ms" }),
      bake: "500ms",
    };
  }

  static async open(ground: Ground, services: readonly string[]): Promise<RoutedApp> {
    const fronts: Front[] = [];
    for (const service of services) fronts.push(await ground.front(service));
    return new RoutedApp(ground, services, fronts);
  }

  /** The path is that of a file in the last service's container, which only this check looks at. */
  checks(breach: string): object[] {
    const spoiled = { kind: "http", service: this.last, path: `/file?path=${breach}`, status: 404 };
    return [...this.ofEach({ path: "/" }), spoiled];
  }

  async watch(): Promise<void> {
    const sources = this.ground.newConnectionsOnly ? { newShare: 1, manySources: true } : {};
    for (const { url } of this.fronts) {
      this.loads.push(await startLoad({ url, rate: rate / this.fronts.length, maxSeconds, ...sources }));
    }
  }

  /** On new connections. */
  async answering(): Promise<string> {
    const questions = this.fronts.flatMap(({ url }) => Array.from({ length: asked }, () => colorAt(url)));
    return [...new Set(await Promise.all(questions))].sort().join(", ");
  }

  async spoil(color: Color, breach: string): Promise<void> {
    const url = await this.ground.colorUrl(color, this.last);
    const answer = await fetch(`${url}/write?path=${breach}&text=broken`);
    if (!answer.ok) throw new Error(`${color} could not be spoiled: ${await answer.text()}`);
  }

  async crash(color: Color): Promise<void> {
    await fetch(`${await this.ground.colorUrl(color, this.last)}/crash`).catch(() => undefined);
  }

  mark(): number {
    return Date.now();
  }

  /** Once every request that was sent has its answer. */
  async lossSince(mark: number): Promise<Loss> {
    const to = Date.now();
    const tallies = () => Promise.all(this.loads.map((load) => load.since(mark, to)));
    let found = await tallies();
    for (const end = Date.now() + answersWithinMs; found.some(({ pending }) => pending > 0) && Date.now() < end; ) {
      await sleep(100);
      found = await tallies();
    }
    return { of: "requests", sent: sum(found.map(({ sent }) => sent)), failed: sum(found.map(({ failed }) => failed)) };
  }

  async close(): Promise<void> {
    await Promise.all(this.loads.map((load) => load.stop()));
  }

  private get last(): string {
    return this.services.at(-1) ?? "";
  }

  private ofEach(check: object): object[] {
    return this.services.map((service) => ({ kind: "http", service, ...check }));
  }
}

async function colorAt(url: string): Promise<string> {
  try {
    const response = await fetch(url, { headers: { connection: "close" }, signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    const color = response.headers.get("x-app-color") ?? "";
    return isColor(color) ? color : "nobody";
  } catch {
    return "nobody";
  }
}
