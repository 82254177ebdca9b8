/**
 * What a switch costs: of the router against a bare Caddy PATCH, and of `pulumi up` against one that does nothing. Both in
 * turns within one run, so that a busy machine is busy for both.
 * Options: `--pairs N` writes of each kind (24), `--ups N` runs of each kind (6), `--rate N` requests per second (500).
 */
import { mkdir, writeFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { count } from "@bluegreen/testkit/count";
import { root } from "@bluegreen/testkit/engine/pulumi";
import type { LoadReport } from "@bluegreen/testkit/load/report";
import { median } from "@bluegreen/testkit/load/stats";
import { Bed } from "./bed.ts";
import { compareSwitches, type SwitchSample } from "./router-switch.ts";
import { compareUps } from "./up.ts";

const { values } = parseArgs({
  options: { pairs: { type: "string" }, ups: { type: "string" }, rate: { type: "string" } },
});
const pairs = Number(values.pairs ?? 24);
const ups = Number(values.ups ?? 6);
const rate = Number(values.rate ?? 500);

console.log(`load average ${loadavg()[0]!.toFixed(1)} on ${cpus().length} processors`);
const bed = await Bed.open();
try {
  const runs = await compareUps(bed, ups);
  tellUps(runs);
  const { samples, reports, cpuMs } = await compareSwitches(bed, { pairs, rate });
  tellSwitches(samples);
  tellTraffic("ours", reports.ours);
  tellTraffic("bare PATCH", reports.bare);
  const cpuPerRequest = { ours: cpuMs.ours / reports.ours.sent, bare: cpuMs.bare / reports.bare.sent };
  console.log(
    `the router's CPU a request: ours ${cpuPerRequest.ours.toFixed(2)} ms, bare ${cpuPerRequest.bare.toFixed(2)} ms, ` +
      `ratio ${(cpuPerRequest.ours / cpuPerRequest.bare).toFixed(2)}`,
  );
  const file = join(root, ".bluegreen", "bench.json");
  await mkdir(dirname(file), { recursive: true });
  const traffic = { ours: trafficOf(reports.ours), bare: trafficOf(reports.bare) };
  const numbers = {
    at: new Date().toISOString(),
    loadAverage: loadavg(),
    rate,
    samples,
    traffic,
    cpuPerRequest,
    ups: runs,
  };
  await writeFile(file, `${JSON.stringify(numbers, null, 2)}\n`);
  console.log(`numbers: ${file}`);
} finally {
  await bed.close();
}

function trafficOf({ sent, failed, byKind, lateness, failuresByReason }: LoadReport) {
  return { sent, failed, byKind, lateness, failuresByReason };
}

function tellTraffic(way: string, report: LoadReport): void {
  const { sent, byKind, failed, failuresByReason } = report;
  const reasons = Object.entries(failuresByReason).map(([reason, times]) => `${times} ${reason}`);
  console.log(
    `${way}: ${count(sent)} requests (${count(byKind.new)} on new, ${count(byKind.kept)} on kept connections), ` +
      `${failed} failed${failed > 0 ? ` (${reasons.join(", ")})` : ""}`,
  );
}

function tellSwitches(samples: readonly SwitchSample[]): void {
  console.log(`\nRouter switch under ${rate} requests per second, ${pairs} pairs, milliseconds`);
  const measures = [
    ["last answer of the old color, after sending the write", "lastOldMs"],
    ["first answer of the new color, after sending the write", "firstNewMs"],
    ["the write, from sending to answer", "writeMs"],
    ["the whole call", "callMs"],
  ] as const;
  for (const [title, measure] of measures) {
    const of = (way: string) => samples.filter((sample) => sample.way === way).map((sample) => sample[measure]);
    compare(title, ["ours", of("ours")], ["bare PATCH", of("bare")], 1);
  }
}

function tellUps({ switches, noOps }: { switches: number[]; noOps: number[] }): void {
  console.log(`\npulumi up, ${ups} pairs, milliseconds`);
  compare("the whole command", ["switch", switches], ["nothing to do", noOps], 0);
}

type Series = readonly [name: string, values: readonly number[]];

/** Raw values, medians, and the median of the differences pair by pair. */
function compare(title: string, [nameA, a]: Series, [nameB, b]: Series, digits: number): void {
  const show = (numbers: readonly number[]) => numbers.map((value) => value.toFixed(digits)).join(" ");
  const differences = a.map((value, i) => value - b[i]!);
  const width = Math.max(nameA.length, nameB.length);
  console.log(`  ${title}`);
  console.log(`    ${nameA.padEnd(width)}  median ${median(a).toFixed(digits)}  raw ${show(a)}`);
  console.log(`    ${nameB.padEnd(width)}  median ${median(b).toFixed(digits)}  raw ${show(b)}`);
  console.log(`    median difference ${median(differences).toFixed(digits)}`);
}
