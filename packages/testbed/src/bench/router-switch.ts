import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Color, otherColor } from "@bluegreen/core";
import { CaddyRouter } from "../../../pulumi/dist/router/caddy.js";
import { livePath } from "../../../pulumi/dist/router/caddy-config.js";
import { fingerprint } from "../../../pulumi/dist/router.js";
import { docker } from "../docker/engine.ts";
import { anchorNow, clockFrom } from "../load/clock.ts";
import { startLoad } from "../load/load.ts";
import { between, type LoadReport } from "../load/report.ts";
import type { BareAnswer, BareOrder } from "./bare-patch.ts";
import type { Bed } from "./bed.ts";

const upstreamsPath = `${livePath}/live/handle/0/upstreams`;
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

/** Our router's switch against a bare PATCH, in turns on one app under one load. */
export async function compareSwitches(bed: Bed, options: { pairs: number; rate: number }) {
  const { app, router: container, pid, targets } = await bed.parts();
  const live = { host: "127.0.0.1", port: bed.port };
  const caddy = new CaddyRouter(docker, { container, app, live, streamCloseDelay: "5s" });
  const anchor = anchorNow();
  const now = clockFrom(anchor);
  const bare = startBare(pid);
  const load = await startLoad({ url: `http://127.0.0.1:${bed.port}`, rate: options.rate });
  try {
    let color = (await caddy.observe(targets)).observation.color as Color;
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
    const cuts: number[] = [];
    await sleep(1_000);
    for (let pair = 0; pair < options.pairs; pair++) {
      // Neither way always comes first.
      for (const way of pair % 2 === 0 ? (["ours", "bare"] as const) : (["bare", "ours"] as const)) {
        cuts.push(load.mark(`${way} ${pair + 1}`));
        const times = await ways[way](otherColor(color));
        writes.push({ way, from: color, ...times });
        color = otherColor(color);
        await sleep(pauseMs);
      }
    }
    cuts.push(load.mark("end"));
    const report = await load.stop();
    return { samples: writes.map((write, i) => sampleOf(write, i, cuts, report)), report };
  } finally {
    await load.stop();
    bare.kill();
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
