/**
 * What our cutover's switch costs against a bare selector patch: two Services in front of the same pods, a load of new
 * connections on each, switched in turns.
 *
 * Ours is the product's whole cutover, run in this process on the inputs that Pulumi recorded: lease, observation,
 * evidence of a gate, readiness, the compare-and-swap of selector and record, verification, journal. Only the engine is
 * left out, and some whole `pulumi up`s are put beside it.
 * Options: `--pairs N` switches of each kind (24), `--rate N` requests per second on each Service (400), `--ups N` (3).
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Color, type CutoverRecord, otherColor, type RouterRecord } from "@bluegreen/core";
import { count } from "@bluegreen/testkit/count";
import { type Load, startLoad } from "@bluegreen/testkit/load/load";
import { between, type LoadReport } from "@bluegreen/testkit/load/report";
import { median } from "@bluegreen/testkit/load/stats";
import { lookAt } from "../../../pulumi/dist/checks/look.js";
import { update } from "../../../pulumi/dist/cutover/provider.js";
import type { CutoverState } from "../../../pulumi/dist/cutover/state.js";
import { untilPassed } from "../../../pulumi/dist/gates/patience.js";
import { selectorOf } from "../../../pulumi/dist/kubernetes/labels.js";
import { platformOf } from "../../../pulumi/dist/platforms.js";
import { KubernetesBed } from "./bed.ts";
import { keepNumbers, tellClaims, tellMachine, tellSeries } from "./print.ts";
import { program } from "./program.ts";

/** After a switch, before the next: kube-proxy has followed long before. */
const pauseMs = 800;
const bound = 50;

/** One switch under load, in ms. */
interface Sample {
  readonly way: Way;
  /** From sending the write to the last answer of the old color, as the clients saw it. */
  readonly lastOldMs: number;
  /** From sending the write to the API server's answer. */
  readonly writeMs: number;
  /** All of it, from the call to its end. */
  readonly callMs: number;
}

type Way = "ours" | "bare" | "up";

interface Write {
  readonly way: Way;
  readonly from: Color;
  readonly cut: number;
  readonly sentAt: number;
  readonly writeMs: number;
  readonly callMs: number;
}

const { values } = parseArgs({
  options: { pairs: { type: "string" }, rate: { type: "string" }, ups: { type: "string" } },
});
const pairs = Number(values.pairs ?? 24);
const rate = Number(values.rate ?? 400);
const ups = Number(values.ups ?? 3);

tellMachine();
const bed = await KubernetesBed.open("kubernetes", { program, config: { activeColor: "blue" } });
try {
  (await bed.stack.up()).orThrow();
  let state = await recorded();
  const { app, service, versions } = state;
  const selectors = (color: Color) => selectorOf({ app, color, version: versions[color] ?? "", service });
  const bareUrl = await bed.makeService("bare", selectors("blue"));
  const oursUrl = await bed.urlOf("shop");
  await sleep(2_000);
  const loads = {
    ours: await startLoad({ url: oursUrl, rate, newShare: 1, manySources: true }),
    bare: await startLoad({ url: bareUrl, rate, newShare: 1, manySources: true }),
  };
  try {
    const colors = { ours: "blue" as Color, bare: "blue" as Color };
    const writes: Write[] = [];
    const note = async (service: "ours" | "bare", way: Way, work: (to: Color) => Promise<Sent>) => {
      const from = colors[service];
      const cut = loads[service].mark(`${way} ${writes.length + 1}`);
      const begun = performance.now();
      const sent = await work(otherColor(from));
      writes.push({ way, from, cut, ...sent, callMs: performance.now() - begun });
      colors[service] = otherColor(from);
      await sleep(pauseMs);
    };
    const ours = async (to: Color) => {
      state = await cutover(state, to);
      return sentBy(state.record);
    };
    const bare = async (to: Color) => {
      const sentAt = Date.now();
      const begun = performance.now();
      await bed.patchSelector("bare", selectors(to));
      return { sentAt, writeMs: performance.now() - begun };
    };
    const wholeUp = async (to: Color) => {
      await bed.stack.config("activeColor", to);
      (await bed.stack.up()).orThrow();
      return sentBy((await bed.stack.outputs()).cutover as CutoverRecord);
    };
    await sleep(1_000);
    // First, while what the engine has recorded is the last that happened.
    for (let i = 0; i < ups; i++) await note("ours", "up", wholeUp);
    state = await recorded();
    // Neither way always comes first.
    for (let pair = 0; pair < pairs; pair++) {
      const turns = [() => note("ours", "ours", ours), () => note("bare", "bare", bare)];
      for (const turn of pair % 2 === 0 ? turns : turns.toReversed()) await turn();
    }
    for (const load of Object.values(loads)) load.mark("end");
    const reports = { ours: await loads.ours.stop(), bare: await loads.bare.stop() };
    const of = (service: "ours" | "bare", ...ways: Way[]) => {
      const own = writes.filter(({ way }) => ways.includes(way));
      return own.map((write, i) => sampleOf(write, own[i - 1]?.cut, own[i + 1]?.cut, reports[service]));
    };
    const samples = [...of("ours", "up", "ours"), ...of("bare", "bare")];
    const held = tell(samples, reports);
    const traffic = { ours: trafficOf(reports.ours), bare: trafficOf(reports.bare) };
    await keepNumbers("kubernetes", { rate, samples, traffic });
    if (!held) process.exitCode = 1;
  } finally {
    await Promise.all(Object.values(loads).map((load: Load) => load.stop()));
  }
} finally {
  await bed.close();
}

async function recorded(): Promise<CutoverState> {
  return (await bed.stack.resource("shop-cutover")).outputs as unknown as CutoverState;
}

interface Sent {
  /** When the write was sent, in ms since 1970. */
  readonly sentAt: number;
  readonly writeMs: number;
}

/** The cutover of the product with evidence of a gate that really ran. */
async function cutover(before: CutoverState, to: Color): Promise<CutoverState> {
  const attempt = before.attempt + 1;
  const platform = await platformOf(before.platform);
  const release = before.versions[to] ?? "";
  const check = { kind: "http", path: "/health/ready", status: 200, timeout: "5s" } as const;
  const gate = { name: "http-1", ...check, healthyFor: "0s", within: "10s", interval: "1s" };
  const { app, router, service, reach } = before;
  const shown = { gate, app, platform: before.platform, router, service, reach };
  const task = { ...shown, attempt, color: to, wanted: true, release };
  const candidate = await platform.findCandidate({ ...task, candidateUrl: "" });
  const { result, detail } = await untilPassed(gate, () => lookAt(gate, candidate.subject));
  await candidate.close();
  const { subjects } = candidate;
  const at = new Date().toISOString();
  const evidence = [
    JSON.stringify({ gate: gate.name, attempt, color: to, release, subjects, passed: result === "passed", detail, at }),
  ];
  const { record: _record, ...inputs } = before;
  const { outs } = await update(app, before, { ...inputs, activeColor: to, attempt, evidence });
  if (outs.record?.outcome !== "switched") throw new Error(`our cutover ended ${outs.record?.outcome}`);
  return outs;
}

/** The record at the router says when it was written: right before it was sent. */
async function sentBy(record: CutoverRecord | null): Promise<Sent> {
  const { metadata } = await bed.service("shop");
  const { at } = JSON.parse(metadata.annotations?.["bluegreen/record"] ?? "{}") as RouterRecord;
  return { sentAt: Date.parse(at), writeMs: record?.switchMs ?? Number.NaN };
}

function sampleOf(write: Write, before: number | undefined, after: number | undefined, report: LoadReport): Sample {
  const { way, from, cut, sentAt, writeMs, callMs } = write;
  // A request that was sent before the write may be answered after it.
  const around = between(report, before ?? report.startedAt, after ?? report.endedAt);
  const since = between(report, cut, after ?? report.endedAt);
  const lastOld = Math.max(around.lastAnswer[from] ?? 0, since.lastAnswer[from] ?? 0);
  return { way, lastOldMs: lastOld - sentAt, writeMs, callMs };
}

function tell(samples: readonly Sample[], reports: { ours: LoadReport; bare: LoadReport }): boolean {
  const of = (way: Way, measure: "lastOldMs" | "writeMs" | "callMs") =>
    samples.filter((sample) => sample.way === way).map((sample) => sample[measure]);
  console.log(`\nA Service switched under ${rate} requests per second, ${pairs} pairs, milliseconds`);
  const titles = {
    lastOldMs: "last answer of the old color, after sending the write",
    writeMs: "the write, from sending to answer",
    callMs: "the whole call",
  };
  for (const [measure, title] of Object.entries(titles) as [keyof typeof titles, string][]) {
    tellSeries(title, [
      ["our cutover", of("ours", measure)],
      ["bare patch", of("bare", measure)],
      ...(ups > 0 ? [["pulumi up", of("up", measure)] as const] : []),
    ]);
  }
  const bare = of("bare", "lastOldMs");
  const difference = median(of("ours", "lastOldMs").map((value, i) => value - bare[i]!));
  console.log();
  for (const [name, report] of Object.entries(reports)) tellTraffic(name === "ours" ? "ours" : "bare patch", report);
  return tellClaims([
    [
      `last old answer: median of the differences, pair by pair, ${difference.toFixed(1)} ms (≤ ${bound})`,
      difference <= bound,
    ],
    [
      `${reports.ours.failed} of ${count(reports.ours.sent)} requests failed under our cutovers (0)`,
      reports.ours.failed === 0,
    ],
    [`${pairs} pairs (≥ 20) at ${rate} requests per second (≥ 400)`, pairs >= 20 && rate >= 400],
  ]);
}

function tellTraffic(way: string, { sent, byKind, failed, failuresByReason, lateness }: LoadReport): void {
  const reasons = Object.entries(failuresByReason).map(([reason, times]) => `${times} ${reason}`);
  const why = failed > 0 ? ` (${reasons.join(", ")})` : "";
  const late = `sent at most ${lateness.maxMs.toFixed(0)} ms late, 99 % within ${lateness.p99Ms.toFixed(0)} ms`;
  console.log(
    `${way}: ${count(sent)} requests, ${count(byKind.new)} on new connections, ${failed} failed${why}; ${late}`,
  );
}

function trafficOf({ sent, failed, byKind, lateness, failuresByReason }: LoadReport) {
  return { sent, failed, byKind, lateness, failuresByReason };
}
