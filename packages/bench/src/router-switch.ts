import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Color, otherColor } from "@bluegreen/core";
import { cpuMsOf } from "@bluegreen/testkit/docker/engine";
import { anchorNow, clockFrom } from "@bluegreen/testkit/load/clock";
import { startLoad } from "@bluegreen/testkit/load/load";
import { between, type LoadReport } from "@bluegreen/testkit/load/report";
import { CaddyRouter } from "../../pulumi/dist/docker/caddy/router.js";
import { connectDocker } from "../../pulumi/dist/docker/client.js";
import { fingerprint } from "../../pulumi/dist/routers/interpret.js";
import type { BareAnswer, BareOrder } from "./bare-patch.ts";
import { startBareRouter, upstreamsPath } from "./bare-router.ts";
import type { Bed } from "./bed.ts";

/** Between two writes; every answer of the old color has arrived long before. */
const pauseMs = 500;

/** One write under load, in ms. */
export interface SwitchSample {
  readonly way: "ours" | "bare";
  /** From sending the write to the router's answer. */
  readonly writeMs: number;
  /** The whole call: what comes before the sending as well. */
  readonly callMs: number;
  /** From sending the write to the last answer of the old color, as the clients saw it. */
  readonly lastOldMs: number;
  /** From sending the write to the first answer of the new color. */
  readonly firstNewMs: number;
}

interface Write {
  readonly way: "ours" | "bare";
  readonly from: Color;
  readonly begunAt: number;
  readonly sentAt: number;
  readonly endedAt: number;
}

async function perWay<T>(ask: (way: "ours" | "bare") => Promise<T>): Promise<{ ours: T; bare: T }> {
  const [ours, bare] = await Promise.all([ask("ours"), ask("bare")]);
  return { ours, bare };
}

/** Our router's switch against a bare PATCH, in turns: two Caddies in front of the same backends, a load on each. `cpuMs`: what the Caddies computed meanwhile. */
export async function compareSwitches(bed: Bed, options: { pairs: number; rate: number }) {
  const { app, router: container, networks, targets } = await bed.parts();
  const live = [{ service: "web", host: "127.0.0.1", port: bed.port }];
  const caddy = new CaddyRouter(connectDocker(""), { container, app, live });
  const first = (await caddy.observe(targets)).observation.color as Color;
  const bareRouter = await startBareRouter(networks, targets[first]);
  const anchor = anchorNow();
  const now = clockFrom(anchor);
  const bare = startBare(bareRouter.pid);
  await sleep(1_000);
  const loads = {
    ours: await startLoad({ url: `http://127.0.0.1:${bed.port}`, rate: options.rate }),
    bare: await startLoad({ url: `http://127.0.0.1:${bareRouter.port}`, rate: options.rate }),
  };
  const containers = { ours: container, bare: bareRouter.container };
  const cpuBefore = await perWay((way) => cpuMsOf(containers[way]));
  try {
    let attempt = 1000;
    const ways = {
      async ours(to: Color) {
        const seen = await caddy.observe(targets);
        const record = {
          app,
          active: to,
          release: to,
          backends: fingerprint(targets[to]),
          attempt: ++attempt,
          writer: "bench",
          at: new Date().toISOString(),
          latches: [],
        };
        const begunAt = now();
        const { result, ms } = await caddy.write(targets[to], record, seen);
        const endedAt = now();
        if (result !== "written") throw new Error(`our write ended in a ${result}`);
        return { begunAt, sentAt: endedAt - ms, endedAt };
      },
      async bare(to: Color) {
        const begunAt = now();
        const order: BareOrder = { anchor, path: upstreamsPath, backends: targets[to] };
        bare.send(order);
        const [answer] = (await once(bare, "message")) as [BareAnswer];
        if (answer.status !== 200) throw new Error(`the bare PATCH was answered with ${answer.status}`);
        return { begunAt, sentAt: answer.sentAt, endedAt: answer.endedAt };
      },
    };
    const writes: Write[] = [];
    const cuts = { ours: [] as number[], bare: [] as number[] };
    const colors = { ours: first, bare: first };
    await sleep(1_000);
    for (let pair = 0; pair < options.pairs; pair++) {
      // Neither way always comes first.
      for (const way of pair % 2 === 0 ? (["ours", "bare"] as const) : (["bare", "ours"] as const)) {
        cuts[way].push(loads[way].mark(`${way} ${pair + 1}`));
        const times = await ways[way](otherColor(colors[way]));
        writes.push({ way, from: colors[way], ...times });
        colors[way] = otherColor(colors[way]);
        await sleep(pauseMs);
      }
    }
    for (const way of ["ours", "bare"] as const) cuts[way].push(loads[way].mark("end"));
    const reports = await perWay((way) => loads[way].stop());
    const cpuMs = await perWay(async (way) => (await cpuMsOf(containers[way])) - cpuBefore[way]);
    const samples = (["ours", "bare"] as const).flatMap((way) =>
      writes.filter((write) => write.way === way).map((write, i) => sampleOf(write, i, cuts[way], reports[way])),
    );
    return { samples, reports, cpuMs };
  } finally {
    await Promise.all([loads.ours.stop(), loads.bare.stop()]);
    bare.kill();
    await bareRouter.remove();
  }
}

function sampleOf({ way, from, begunAt, sentAt, endedAt }: Write, i: number, cuts: number[], report: LoadReport) {
  // A request that was sent before the write may be answered after it.
  const around = between(report, i === 0 ? report.startedAt : cuts[i - 1]!, cuts[i + 1]!);
  const after = between(report, cuts[i]!, cuts[i + 1]!);
  const lastOld = Math.max(after.lastAnswer[from] ?? 0, around.lastAnswer[from] ?? 0);
  const sample: SwitchSample = {
    way,
    writeMs: endedAt - sentAt,
    callMs: endedAt - begunAt,
    lastOldMs: lastOld - sentAt,
    firstNewMs: (after.firstAnswer[otherColor(from)] ?? Number.NaN) - sentAt,
  };
  return sample;
}

/** Needs root and a Docker Engine on this machine, as nothing of the product does. */
function startBare(pid: number): ChildProcess {
  const program = fileURLToPath(new URL("./bare-patch.ts", import.meta.url));
  const args = ["--target", String(pid), "--net", process.execPath, program];
  return spawn("nsenter", args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
}
