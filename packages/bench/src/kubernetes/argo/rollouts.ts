import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "@bluegreen/testkit/docker/free-port";
import { root } from "@bluegreen/testkit/engine/pulumi";
import { until } from "@bluegreen/testkit/until";
import type { KubeObject } from "../api-server.ts";
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

const execute = promisify(execFile);
const group = "argoproj.io";
const crdPath = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/rollouts.${group}`;
const manager = "bluegreen-bench";
const stopWithinMs = 5_000;

/** The scenario with a Rollout of strategy BlueGreen and a `postPromotionAnalysis`, by the controller of the cache. */
export async function withArgo(options: ScenarioOptions): Promise<Ending> {
  const { BLUEGREEN_ARGO: program, BLUEGREEN_ARGO_CRDS: crds, BLUEGREEN_ARGO_VERSION: version } = process.env;
  if (!program || !crds || !version) throw new Error("BLUEGREEN_ARGO is not set\n  → npm run bench -- argo");
  const bed = await KubernetesBed.open("argo", { program: "" });
  try {
    await refuseForeign(bed);
    await kubectl("apply", "--server-side", `--field-manager=${manager}`, `--filename=${crds}`);
    const stop = await startController(bed, program);
    try {
      return await run(bed, options, `Argo Rollouts ${version}`);
    } finally {
      await stop();
    }
  } finally {
    await bed.close();
    await kubectl("delete", "--ignore-not-found", "--wait=true", `--filename=${crds}`);
  }
}

async function run(bed: KubernetesBed, options: ScenarioOptions, title: string): Promise<Ending> {
  const nodePort = await bed.freeNodePort();
  const url = `http://127.0.0.1:${nodePort}`;
  const ports = [{ name: "http", port: 80, targetPort: 8080, nodePort }];
  const metadata = { name: "shop" };
  const spec = { type: "NodePort", ports, selector: { app: "shop" } };
  await bed.cluster.call("POST", bed.path("services"), { body: { metadata, spec } });
  await bed.cluster.call("POST", custom(bed, "analysistemplates"), { body: template(url) });
  await bed.cluster.call("POST", custom(bed, "rollouts"), { body: rollout(pod("blue", "1.0.0", {})) });
  await until("the Rollout is healthy", async () => (await look(bed)).status?.phase === "Healthy", 60_000);
  const { report, result } = await underLoad(url, options, async () => {
    const begun = Date.now();
    const template = pod("green", "1.1.0", { CRASH_AFTER: String(crashAfterSeconds) });
    await bed.cluster.call("PATCH", custom(bed, "rollouts/shop"), {
      contentType: "application/merge-patch+json",
      body: { spec: { template } },
    });
    return { begun, phases: await follow(bed, options.seconds) };
  });
  const { status = {} } = await look(bed);
  const runs = (await bed.cluster.call("GET", custom(bed, "analysisruns"))) as unknown as { items: AnalysisRun[] };
  const first = report.firstAnswer.green;
  return {
    who: "argo",
    title,
    report,
    answers: lastAnswers(report),
    phase: `${status.phase}${status.abort ? ", aborted" : ""}`,
    exit: "– (a controller)",
    state: "",
    warm: 0,
    notes: [
      `the new version was applied at ${secondOf(report, result.begun)}`,
      first === undefined ? "green never answered" : `green answered first at ${secondOf(report, first)}`,
      ...runs.items.map(describe),
      `the Rollout's phase: ${result.phases.map(({ at, phase }) => `${phase} at ${secondOf(report, at)}`).join(", ")}`,
    ],
  };
}

/** Every change of the Rollout's phase, until shortly before the load ends. */
async function follow(bed: KubernetesBed, seconds: number): Promise<{ at: number; phase: string }[]> {
  const phases: { at: number; phase: string }[] = [];
  const end = performance.now() + (seconds - 7) * 1_000;
  while (performance.now() < end) {
    const { status } = await look(bed);
    const phase = `${status?.phase ?? "unknown"}${status?.abort ? " (aborted)" : ""}`;
    if (phases.at(-1)?.phase !== phase) phases.push({ at: Date.now(), phase });
    await sleep(500);
  }
  return phases;
}

interface Rollout {
  readonly status?: { readonly phase?: string; readonly abort?: boolean };
}

async function look(bed: KubernetesBed): Promise<Rollout> {
  return (await bed.cluster.call("GET", custom(bed, "rollouts/shop"))) as unknown as Rollout;
}

interface AnalysisRun {
  readonly status?: {
    readonly phase?: string;
    readonly message?: string;
    readonly metricResults?: readonly Record<"count" | "successful" | "failed" | "error", number | undefined>[];
  };
}

function describe({ status }: AnalysisRun): string {
  const of = status?.metricResults?.[0];
  const { count = 0, successful = 0, failed = 0, error = 0 } = of ?? {};
  const message = status?.message ? ` (${status.message})` : "";
  return `its analysis ended ${status?.phase}${message}: ${count} measurements, ${successful} successful, ${failed} failed, ${error} errors`;
}

function custom(bed: KubernetesBed, rest: string): string {
  return `/apis/${group}/v1alpha1/namespaces/${bed.namespace}/${rest}`;
}

function rollout(template: object): object {
  return {
    apiVersion: `${group}/v1alpha1`,
    kind: "Rollout",
    metadata: { name: "shop" },
    spec: {
      replicas,
      selector: { matchLabels: { app: "shop" } },
      strategy: {
        blueGreen: { activeService: "shop", postPromotionAnalysis: { templates: [{ templateName: "live" }] } },
      },
      template,
    },
  };
}

/** As ours declares its pods. */
function pod(color: string, tag: string, more: Readonly<Record<string, string>>): object {
  const env = { BLUEGREEN_COLOR: color, BLUEGREEN_RELEASE: tag, ...more };
  return {
    metadata: { labels: { app: "shop" } },
    spec: {
      terminationGracePeriodSeconds: 30,
      enableServiceLinks: false,
      containers: [
        {
          name: "web",
          image: `${process.env.BLUEGREEN_APP_IMAGE}:${tag}`,
          ports: [{ containerPort: 8080 }],
          env: Object.entries(env).map(([name, value]) => ({ name, value })),
          readinessProbe: { httpGet: { path: "/health/ready", port: 8080 }, periodSeconds: 2 },
        },
      ],
    },
  };
}

function template(url: string): object {
  const web = { url: `${url}/`, jsonPath: "{$.version}", timeoutSeconds: checkTimeoutSeconds };
  const metric = {
    name: "live",
    interval: `${intervalSeconds}s`,
    count: watchSeconds / intervalSeconds,
    failureLimit,
    successCondition: "result != ''",
    provider: { web },
  };
  return {
    apiVersion: `${group}/v1alpha1`,
    kind: "AnalysisTemplate",
    metadata: { name: "live" },
    spec: { metrics: [metric] },
  };
}

/** CRDs are the whole cluster's: those of somebody else are not for a benchmark to overwrite and to remove. */
async function refuseForeign(bed: KubernetesBed): Promise<void> {
  const found = await bed.cluster.call("GET", crdPath).catch((error: { code?: number }): KubeObject => {
    if (error.code === 404) return {};
    throw error;
  });
  const { managedFields = [] } = (found.metadata ?? {}) as unknown as { managedFields?: { manager: string }[] };
  if (!found.metadata || managedFields.some((one) => one.manager === manager)) return;
  throw new Error(
    "this cluster has Argo Rollouts already\n  → run this benchmark on the bed's own: unset BLUEGREEN_KUBECONFIG",
  );
}

/** Runs the controller for the bed's namespace alone. Gives what ends it. */
async function startController(bed: KubernetesBed, program: string): Promise<() => Promise<void>> {
  const logs = join(root, ".bluegreen", "logs");
  await mkdir(logs, { recursive: true });
  const ports = [`--metricsport=${await freePort()}`, `--healthzPort=${await freePort()}`];
  const place = [`--kubeconfig=${process.env.BLUEGREEN_KUBECONFIG}`, "--namespaced", `--namespace=${bed.namespace}`];
  const child = spawn(program, [...place, ...ports, "--leader-elect=false"], { stdio: ["ignore", "pipe", "pipe"] });
  const log = createWriteStream(join(logs, "argo-rollouts.log"));
  for (const stream of [child.stdout, child.stderr]) stream.pipe(log, { end: false });
  await once(child, "spawn");
  return async () => {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the controller ended by itself (${child.exitCode ?? child.signalCode}); see ${log.path}`);
    }
    child.kill("SIGTERM");
    const killer = setTimeout(() => child.kill("SIGKILL"), stopWithinMs);
    await once(child, "exit");
    clearTimeout(killer);
    log.end();
  };
}

async function kubectl(...args: string[]): Promise<void> {
  const { BLUEGREEN_KUBECTL = "kubectl", BLUEGREEN_KUBECONFIG, BLUEGREEN_KUBECONTEXT: context } = process.env;
  const place = [`--kubeconfig=${BLUEGREEN_KUBECONFIG}`, ...(context ? [`--context=${context}`] : [])];
  await execute(BLUEGREEN_KUBECTL, [...place, ...args], { timeout: 60_000 });
}
