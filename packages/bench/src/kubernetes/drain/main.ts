/**
 * What becomes of connections that clients keep, and of websockets, when a Service switches: by a bare selector patch,
 * and by `pulumi up` with `drain`, for an application that bids farewell on SIGTERM (`Connection: close` for 2 s, close
 * frames) and for one that ends as Go's stock shutdown does.
 * Options: `--clients N` kept connections (50), `--rate N` requests per second on them (400), `--sockets N` websockets
 * (20), `--within 20s` the stated time of a drain.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Color, type CutoverRecord, otherColor, type RouterRecord } from "@bluegreen/core";
import { count } from "@bluegreen/testkit/count";
import type { CutoverState } from "../../../../pulumi/dist/cutover/state.js";
import { selectorOf } from "../../../../pulumi/dist/kubernetes/labels.js";
import { KubernetesBed } from "../bed.ts";
import { keepNumbers, tellClaims, tellMachine, tellTable } from "../print.ts";
import { program } from "../program.ts";
import { KeptClients } from "./kept-clients.ts";
import { type Moved, movedFrom, tallyOf } from "./moved.ts";
import { WebsocketClients } from "./websockets.ts";

/** How long a bare patch is watched. */
const watchMs = 14_000;
const settleMs = 3_000;

const { values } = parseArgs({
  options: {
    clients: { type: "string" },
    rate: { type: "string" },
    sockets: { type: "string" },
    within: { type: "string" },
  },
});
const clients = Number(values.clients ?? 50);
const rate = Number(values.rate ?? 400);
const sockets = Number(values.sockets ?? 20);
const within = values.within ?? "20s";
const withinMs = Number.parseFloat(within) * 1_000;

/** One switch, as the clients saw it. */
interface Run {
  readonly title: string;
  readonly http: Moved & { readonly sent: number; readonly failed: readonly string[] };
  readonly websockets: Moved & { readonly closed: readonly string[]; readonly refused: number; readonly gapMs: number };
  readonly record: CutoverRecord | null;
}

class Clients {
  private readonly kept: KeptClients;
  private readonly websockets: WebsocketClients;
  private readonly url: string;

  constructor(url: string) {
    this.url = url;
    this.kept = new KeptClients({ url, clients, everyMs: (clients * 1_000) / rate });
    this.websockets = new WebsocketClients({ url, clients: sockets });
  }

  /** What was seen of a switch away from `old`, from `begun` to now. */
  report(title: string, old: Color, at: { begun: number; switched: number }, record: CutoverRecord | null): Run {
    const now = Date.now();
    const { begun, switched } = at;
    const failures = this.kept.failures.filter((failure) => failure.at >= begun);
    const closes = this.websockets.closes.filter((close) => close.at >= begun);
    const answers = this.kept.answers.filter((answer) => answer.at >= begun).length;
    return {
      title,
      http: {
        ...movedFrom(old, this.kept.answers, switched, now),
        sent: answers + failures.length,
        failed: failures.map(({ reason }) => reason),
      },
      websockets: {
        ...movedFrom(old, this.websockets.ticks, switched, now),
        closed: closes.filter(({ opened }) => opened).map(({ code }) => (code === 1006 ? "without a frame" : "clean")),
        refused: closes.filter(({ opened }) => !opened).length,
        gapMs: longestGap(this.websockets.ticks.filter((tick) => tick.at >= begun)),
      },
      record,
    };
  }

  async fresh(): Promise<string> {
    const answer = await fetch(this.url, { headers: { connection: "close" }, signal: AbortSignal.timeout(5_000) });
    await answer.arrayBuffer();
    return answer.headers.get("x-app-color") ?? "";
  }

  stop(): void {
    this.kept.stop();
    this.websockets.stop();
  }
}

function longestGap(ticks: readonly { client: number; at: number }[]): number {
  const last = new Map<number, number>();
  let longest = 0;
  for (const { client, at } of ticks) {
    longest = Math.max(longest, at - (last.get(client) ?? at));
    last.set(client, at);
  }
  return longest;
}

tellMachine();
const config = { activeColor: "blue", drain: within, farewell: "2000" };
const bed = await KubernetesBed.open("drain", { program, config });
try {
  (await bed.stack.up()).orThrow();
  const runs = [await barePatch(), ...(await cutovers())];
  const held = tell(runs);
  await keepNumbers("drain", { clients, rate, sockets, within, runs });
  if (!held) process.exitCode = 1;
} finally {
  await bed.close();
}

async function barePatch(): Promise<Run> {
  const { app, service, versions } = (await bed.stack.resource("shop-cutover")).outputs as unknown as CutoverState;
  const selectors = (color: Color) => selectorOf({ app, color, version: versions[color] ?? "", service });
  const url = await bed.makeService("bare", selectors("blue"));
  await sleep(settleMs);
  const all = new Clients(url);
  try {
    await sleep(settleMs);
    const begun = Date.now();
    await bed.patchSelector("bare", selectors("green"));
    await sleep(watchMs);
    const fresh = await all.fresh();
    if (fresh !== "green") throw new Error(`after the bare patch a new connection was answered by ${fresh}`);
    return all.report("bare patch", "blue", { begun, switched: begun }, null);
  } finally {
    all.stop();
  }
}

async function cutovers(): Promise<Run[]> {
  const all = new Clients(await bed.urlOf("shop"));
  try {
    await sleep(settleMs);
    const runs: Run[] = [];
    let live: Color = "blue";
    const go = async (title: string, settings: Readonly<Record<string, string>> = {}) => {
      const begun = Date.now();
      const to = otherColor(live);
      for (const [key, value] of Object.entries({ ...settings, activeColor: to })) await bed.stack.config(key, value);
      (await bed.stack.up()).orThrow();
      await sleep(settleMs);
      const { metadata } = await bed.service("shop");
      const { at } = JSON.parse(metadata.annotations?.["bluegreen/record"] ?? "{}") as RouterRecord;
      const record = (await bed.stack.outputs()).cutover as CutoverRecord;
      runs.push(all.report(title, live, { begun, switched: Date.parse(at) }, record));
      live = to;
    };
    await go("ours, farewell of 2 s");
    // Blue's next release is one that knows no farewell; what green still holds is drained with one.
    await go("ours, farewell of 2 s", { blue: "blue-2", farewell: "0" });
    await go("ours, stock Go shutdown", { green: "green-2" });
    await go("ours, stock Go shutdown");
    return runs;
  } finally {
    all.stop();
  }
}

function tell(runs: readonly Run[]): boolean {
  const seconds = (ms: number | null) => (ms === null ? "none" : `${(ms / 1_000).toFixed(2)} s`);
  console.log(`\n${clients} kept connections without retries, ${rate} requests per second; ${sockets} websockets`);
  tellTable([
    ["kept connections", "requests", "failed", "moved", "last old answer after the switch"],
    ...runs.map(({ title, http }) => [
      title,
      count(http.sent),
      http.failed.length === 0 ? "0" : `${http.failed.length} (${tallyOf(http.failed)})`,
      `${http.moved} of ${http.clients}`,
      seconds(http.lastOldMs),
    ]),
  ]);
  console.log();
  tellTable([
    ["websockets", "closed", "failed to connect", "moved", "last old message after the switch", "longest silence"],
    ...runs.map(({ title, websockets: of }) => [
      title,
      tallyOf(of.closed) || "0",
      String(of.refused),
      `${of.moved} of ${of.clients}`,
      seconds(of.lastOldMs),
      seconds(of.gapMs),
    ]),
  ]);
  console.log();
  tellTable([
    ["the cutover's own record", "color drained", "pods", "moved", "took", "stated", "remaining"],
    ...runs.flatMap(({ title, record }) => {
      if (!record?.drain) return [];
      const { color, backends, moved, ms, remaining } = record.drain;
      return [[title, color, String(backends), String(moved), seconds(ms), within, remaining.join(", ") || "none"]];
    }),
  ]);
  console.log(
    "\nidle: the server closed between two requests; in flight: under one. without a frame: no close frame came",
  );
  const [bare, ...ours] = runs as [Run, ...Run[]];
  const kind = ours.filter(({ title }) => title.includes("farewell"));
  const inTime = ({ clients, moved, lastOldMs }: Moved) => moved === clients && (lastOldMs ?? 0) <= withinMs;
  return tellClaims([
    [`a bare patch moved none in ${watchMs / 1_000} s`, bare.http.moved + bare.websockets.moved === 0],
    [`ours moved all kept connections within ${within} of the switch`, ours.every(({ http }) => inTime(http))],
    [`ours moved all websockets within ${within} of the switch`, ours.every((run) => inTime(run.websockets))],
    ["with a farewell no request failed", kind.every(({ http }) => http.failed.length === 0)],
    [
      "with a farewell no websocket broke off, and none failed to connect",
      kind.every(({ websockets: of }) => of.refused === 0 && of.closed.every((how) => how === "clean")),
    ],
    [`${clients} connections (≥ 50) and ${rate} requests per second (≥ 400)`, clients >= 50 && rate >= 400],
  ]);
}
