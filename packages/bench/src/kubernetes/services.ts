/**
 * What many services cost: 1, 5 and 20 BlueGreenApps with one Service each, in one stack and one namespace, switched by
 * one `pulumi up`. Printed are the span from the first Service's switch to the last one's, as a watch of the API server
 * saw them, how long the command took, and the processor time of it and its children, which a busy machine changes less.
 * Options: `--counts 1,5,20`, `--switches N` for each number (3).
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Color, otherColor } from "@bluegreen/core";
import { median } from "@bluegreen/testkit/load/stats";
import { until } from "@bluegreen/testkit/until";
import { KubernetesBed } from "./bed.ts";
import { lineThrough, stepsBetween } from "./line.ts";
import { keepNumbers, tellClaims, tellMachine, tellTable } from "./print.ts";

/** One of the last services may cost so many times what one of the first does, and it still counts as linear. */
const growthLimit = 1.5;
const upWithinMs = 600_000;

/** Small pods: one a color and service, no drain, no bake. */
const program = `
import * as pulumi from "@pulumi/pulumi";
import { BlueGreenApp } from "@bluegreen/pulumi";
import { http } from "@bluegreen/pulumi/checks";
import { kubernetes, service } from "@bluegreen/pulumi/kubernetes";

const config = new pulumi.Config();
const release = (tag) => ({ version: tag, images: { web: process.env.BLUEGREEN_APP_IMAGE + ":" + tag } });

for (let i = 1; i <= config.requireNumber("count"); i++) {
  new BlueGreenApp("shop" + i, {
    activeColor: config.require("activeColor"),
    releases: { blue: release("1.0.0"), green: release("1.1.0") },
    services: { web: { port: 8080, ready: "/health/ready" } },
    platform: kubernetes({ namespace: config.require("namespace"), startWithin: "120s" }),
    router: service({ expose: "web", name: "shop" + i }),
    gates: [http({ path: "/health/ready" })],
    verification: { answers: 1, bake: "0s" },
    drain: null,
  });
}
`;

interface Sample {
  readonly count: number;
  readonly upMs: number;
  readonly spanMs: number;
  readonly cpuMs: number;
}

const { values } = parseArgs({ options: { counts: { type: "string" }, switches: { type: "string" } } });
const counts = (values.counts ?? "1,5,20").split(",").map(Number);
const switches = Number(values.switches ?? 3);

tellMachine();
const bed = await KubernetesBed.open("services", { program, config: { activeColor: "blue" } });
try {
  const samples: Sample[] = [];
  const deployed: { count: number; ms: number }[] = [];
  let live: Color = "blue";
  for (const count of counts) {
    await bed.stack.config("count", String(count));
    const up = (await bed.stack.up({ timeoutMs: upWithinMs })).orThrow();
    deployed.push({ count, ms: up.ms });
    for (let i = 0; i < switches; i++) {
      live = otherColor(live);
      samples.push({ count, ...(await switchAll(live, count)) });
    }
  }
  const held = tell(samples);
  await keepNumbers("services", { samples, deployed });
  if (!held) process.exitCode = 1;
} finally {
  await bed.close();
}

/** One `pulumi up` that switches all of them, under a watch of the stable Services. */
async function switchAll(to: Color, count: number): Promise<Omit<Sample, "count">> {
  const switched = new Map<string, number>();
  const over = new AbortController();
  await bed.cluster.watch(bed.path("services"), { labelSelector: "bluegreen/role=router" }, over.signal, (object) => {
    const { metadata, spec } = object as unknown as {
      metadata: { name: string };
      spec: { selector?: Record<string, string> };
    };
    const isThere = spec.selector?.["bluegreen/color"] === to;
    if (isThere && !switched.has(metadata.name)) switched.set(metadata.name, Date.now());
  });
  try {
    await bed.stack.config("activeColor", to);
    const before = childrenCpuMs();
    const up = (await bed.stack.up({ timeoutMs: upWithinMs })).orThrow();
    const cpuMs = childrenCpuMs() - before;
    await until(`${count} Services were seen to switch`, async () => switched.size === count, 10_000);
    const times = [...switched.values()];
    return { upMs: up.ms, cpuMs, spanMs: Math.max(...times) - Math.min(...times) };
  } finally {
    over.abort();
  }
}

/** Processor time of the children that have ended, and of theirs: fields 16 and 17 of Linux' `stat`, in ticks of 10 ms. */
function childrenCpuMs(): number {
  const stat = readFileSync("/proc/self/stat", "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

function tell(samples: readonly Sample[]): boolean {
  const of = (count: number, measure: "upMs" | "spanMs" | "cpuMs") =>
    samples.filter((sample) => sample.count === count).map((sample) => sample[measure]);
  const seconds = (ms: number) => (ms / 1_000).toFixed(2);
  const raw = (all: readonly number[]) => all.map(seconds).join(" ");
  console.log(`\nServices of 2 colors each, switched by one pulumi up, ${switches} times, seconds`);
  tellTable([
    ["services", "pulumi up", "raw", "processor time", "raw", "first to last switched", "raw"],
    ...counts.map((count) => [
      String(count),
      seconds(median(of(count, "upMs"))),
      raw(of(count, "upMs")),
      seconds(median(of(count, "cpuMs"))),
      raw(of(count, "cpuMs")),
      seconds(median(of(count, "spanMs"))),
      raw(of(count, "spanMs")),
    ]),
  ]);
  const titles = {
    upMs: "s of pulumi up",
    cpuMs: "s of processor time",
    spanMs: "s from the first to the last switched",
  };
  console.log("\none service more costs");
  const costs = Object.entries(titles).map(([measure, title]) => {
    const points = counts.map((count) => ({ x: count, y: median(of(count, measure as keyof typeof titles)) }));
    const steps = stepsBetween(points).map((step) => `${seconds(step.slope)} between ${step.from} and ${step.to}`);
    console.log(`  ${seconds(lineThrough(points).slope)} ${title} (least squares; ${steps.join(", ")})`);
    return [measure, stepsBetween(points)] as const;
  });
  // Not of the command's time: on a machine with other work that says more about the other work.
  const cpu = costs.find(([measure]) => measure === "cpuMs")?.[1] ?? [];
  const growth = (cpu.at(-1)?.slope ?? 0) / (cpu[0]?.slope ?? Number.NaN);
  console.log();
  const last = `the last ones cost ${growth.toFixed(2)} times as much processor time each as the first`;
  return tellClaims([[`linear: ${last} (≤ ${growthLimit})`, counts.length < 3 || growth <= growthLimit]]);
}
