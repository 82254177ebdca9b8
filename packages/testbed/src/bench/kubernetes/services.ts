/**
 * What many services cost: 1, 5 and 20 BlueGreenApps with one Service each, in one stack and one namespace, switched by
 * one `pulumi up`. Printed are the span from the first Service's switch to the last one's, as a watch of the API server
 * saw them, and how long the command took.
 * Options: `--counts 1,5,20`, `--switches N` for each number (3).
 */
import { parseArgs } from "node:util";
import { type Color, otherColor } from "@bluegreen/core";
import { median } from "../../load/stats.ts";
import { KubernetesBed, until } from "./bed.ts";
import { lineThrough } from "./line.ts";
import { keepNumbers, tellClaims, tellMachine, tellTable } from "./print.ts";

/** How far from the line a mean number of services may lie, as a share of what the line says. */
const tolerance = 0.25;
const upWithinMs = 600_000;

/** Small pods: one a color and service, no drain, no bake. */
const program = `
import * as pulumi from "@pulumi/pulumi";
import { BlueGreenApp, http, kubernetes, service } from "@bluegreen/pulumi";

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
    const up = (await bed.stack.up({ timeoutMs: upWithinMs })).orThrow();
    await until(`${count} Services were seen to switch`, async () => switched.size === count, 10_000);
    const times = [...switched.values()];
    return { upMs: up.ms, spanMs: Math.max(...times) - Math.min(...times) };
  } finally {
    over.abort();
  }
}

function tell(samples: readonly Sample[]): boolean {
  const of = (count: number, measure: "upMs" | "spanMs") =>
    samples.filter((sample) => sample.count === count).map((sample) => sample[measure]);
  const seconds = (ms: number) => (ms / 1_000).toFixed(2);
  const raw = (all: readonly number[]) => all.map(seconds).join(" ");
  console.log(`\nServices of 2 colors each, switched by one pulumi up, ${switches} times, seconds`);
  tellTable([
    ["services", "pulumi up, median", "raw", "first to last switched, median", "raw"],
    ...counts.map((count) => [
      String(count),
      seconds(median(of(count, "upMs"))),
      raw(of(count, "upMs")),
      seconds(median(of(count, "spanMs"))),
      raw(of(count, "spanMs")),
    ]),
  ]);
  const line = lineThrough(samples.map(({ count, upMs }) => ({ x: count, y: upMs })));
  const spans = lineThrough(samples.map(({ count, spanMs }) => ({ x: count, y: spanMs })));
  console.log(
    `\none service more costs ${seconds(line.slope)} s of pulumi up (least squares; ${seconds(line.at(0))} s with none) ` +
      `and ${seconds(spans.slope)} s of span`,
  );
  const off = counts.map((count) => Math.abs(median(of(count, "upMs")) / line.at(count) - 1));
  const worst = Math.max(...off);
  return tellClaims([
    [
      `linear: no median is more than ${(100 * worst).toFixed(0)} % off that line (≤ ${100 * tolerance} %)`,
      worst <= tolerance,
    ],
  ]);
}
