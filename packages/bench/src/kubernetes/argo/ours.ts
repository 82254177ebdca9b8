import type { CutoverRecord } from "@bluegreen/core";
import { KubernetesBed } from "../bed.ts";
import {
  checkTimeoutSeconds,
  crashAfterSeconds,
  type Ending,
  failureLimit,
  intervalSeconds,
  lastAnswers,
  replicas,
  type ScenarioOptions,
  secondOf,
  underLoad,
  watchSeconds,
} from "./scenario.ts";

const program = `
import * as pulumi from "@pulumi/pulumi";
import { BlueGreenApp } from "@bluegreen/pulumi";
import { http } from "@bluegreen/pulumi/checks";
import { kubernetes, service } from "@bluegreen/pulumi/kubernetes";

const config = new pulumi.Config();
const image = (tag) => ({ web: process.env.BLUEGREEN_APP_IMAGE + ":" + tag });
const green = config.get("green");
const crashAfter = config.get("crashAfter");
const nodePort = config.requireNumber("nodePort");

export const { activeColor, cutover } = new BlueGreenApp("shop", {
  activeColor: config.require("activeColor"),
  releases: {
    blue: { version: "1.0.0", images: image("1.0.0") },
    green: green ? { version: green, images: image("1.1.0") } : undefined,
  },
  services: {
    web: {
      port: 8080,
      ready: "/health/ready",
      replicas: ${replicas},
      env: crashAfter ? { CRASH_AFTER: crashAfter } : {},
    },
  },
  platform: kubernetes({ namespace: config.require("namespace"), startWithin: "60s" }),
  router: service({
    expose: "web",
    name: "shop",
    type: "NodePort",
    ports: [{ port: 80, nodePort }],
    url: "http://127.0.0.1:" + nodePort,
  }),
  gates: [http({ path: "/health/ready" })],
  verification: {
    checks: [http({ path: "/", timeout: "${checkTimeoutSeconds}s" })],
    bake: "${watchSeconds}s",
    interval: "${intervalSeconds}s",
    failureLimit: ${failureLimit},
  },
});
`;

/** The scenario with one `pulumi up` that deploys the new release, switches to it and watches it. */
export async function withOurs(options: ScenarioOptions): Promise<Ending> {
  const bed = await KubernetesBed.open("argo", { program, config: { activeColor: "blue" } });
  try {
    const nodePort = await bed.freeNodePort();
    await bed.stack.config("nodePort", String(nodePort));
    (await bed.stack.up()).orThrow();
    const { report, result } = await underLoad(`http://127.0.0.1:${nodePort}`, options, async () => {
      const settings = { green: "2.0.0", crashAfter: String(crashAfterSeconds), activeColor: "green" };
      for (const [key, value] of Object.entries(settings)) await bed.stack.config(key, value);
      const begun = Date.now();
      const up = await bed.stack.up();
      return { up, begun, ended: Date.now() };
    });
    const { up, begun, ended } = result;
    const { outputs } = await bed.stack.resource("shop-cutover");
    const record = await journaled(bed);
    const first = report.firstAnswer.green;
    return {
      who: "ours",
      title: "ours",
      report,
      answers: lastAnswers(report),
      phase: record?.outcome ?? "without a record",
      exit: String(up.exit),
      state: String(outputs?.activeColor),
      warm: await readyPods(bed),
      notes: [
        `pulumi up began at ${secondOf(report, begun)} and ended at ${secondOf(report, ended)}`,
        first === undefined ? "green never answered" : `green answered first at ${secondOf(report, first)}`,
        ...(report.lastAnswer.green === undefined ? [] : [`and last at ${secondOf(report, report.lastAnswer.green)}`]),
        `its record: ${record ? describe(record) : "none"}`,
        ...(up.exit === 0
          ? []
          : [
              up.output
                .split("\n")
                .find((line) => line.includes("✖"))
                ?.trim() ?? "",
            ]),
      ],
    };
  } finally {
    await bed.close();
  }
}

function describe({ outcome, reason, totalMs, drain }: CutoverRecord): string {
  const drained = drain ? `; ${drain.moved} of ${drain.backends} pods of ${drain.color} drained in ${drain.ms} ms` : "";
  return `${outcome} after ${(totalMs / 1_000).toFixed(1)} s: ${reason}${drained}`;
}

/** A failed update is not saved in Pulumi's state: its record is in the app's journal. */
async function journaled(bed: KubernetesBed): Promise<CutoverRecord | null> {
  const query = { labelSelector: "bluegreen/role=journal" };
  const { items } = (await bed.cluster.call("GET", bed.path("configmaps"), { query })) as unknown as {
    items: { data?: Record<string, string> }[];
  };
  const last = Object.entries(items[0]?.data ?? {})
    .sort()
    .at(-1)?.[1];
  return last === undefined ? null : (JSON.parse(last) as CutoverRecord);
}

async function readyPods(bed: KubernetesBed): Promise<number> {
  const query = { labelSelector: "bluegreen/color=blue" };
  const { items } = (await bed.cluster.call("GET", bed.path("pods"), { query })) as unknown as {
    items: { status: { conditions?: { type: string; status: string }[] } }[];
  };
  const isReady = ({ conditions = [] }: (typeof items)[number]["status"]) =>
    conditions.some(({ type, status }) => type === "Ready" && status === "True");
  return items.filter(({ status }) => isReady(status)).length;
}
