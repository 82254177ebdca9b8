import { setTimeout as sleep } from "node:timers/promises";
import { until } from "@bluegreen/testkit/until";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GateTask } from "../src/gates/task.ts";
import { findCandidate } from "../src/kubernetes/candidate.ts";
import { journalName } from "../src/kubernetes/journal.ts";
import { labels, resourceName, selectorOf } from "../src/kubernetes/labels.ts";
import { kubernetesPlatform } from "../src/kubernetes/platform.ts";
import { findPods, isReady } from "../src/kubernetes/pods.ts";
import { openRoutedSite } from "../src/kubernetes/site.ts";
import { ClusterBed, exposed, reach } from "./cluster-bed.ts";

const notFenced = async () => null;

describe("an app on a cluster", { timeout: 90_000 }, () => {
  let bed: ClusterBed;
  beforeAll(async () => {
    bed = await ClusterBed.open("site");
    await bed.declareService();
    await Promise.all([bed.declare("blue", { replicas: 3 }), bed.declare("green", { version: "2.0+7" })]);
    await Promise.all([bed.ready("blue", 3), bed.ready("green")]);
  }, 90_000);
  afterAll(() => bed?.close());

  const site = () => openRoutedSite(bed.client, bed.parts());
  const pods = (color: "blue" | "green") => findPods(bed.client, { [labels.app]: bed.app, [labels.color]: color });

  test("is ready when every Deployment is available, routed as live traffic will be, and answers", async () => {
    await until("blue is ready", async () => (await site().backends.whyNotReady("blue")) === null);
    expect(await site().backends.whyNotReady("green")).toBeNull();
    expect(await site().backends.subjects("blue")).toHaveLength(3);
  });

  test("is drained in waves that keep it warm, and the other color is not touched", async () => {
    const [before, others] = await Promise.all([pods("blue"), pods("green")]);
    let least = Number.POSITIVE_INFINITY;
    let draining = true;
    const watch = (async () => {
      while (draining) {
        least = Math.min(least, (await pods("blue")).filter(isReady).length);
        await sleep(50);
      }
    })();
    const record = await site().address.drain("blue", 30_000, notFenced);
    draining = false;
    await watch;
    expect(record).toMatchObject({ color: "blue", withinMs: 30_000, backends: 3, moved: 3, remaining: [] });
    expect(record.ms).toBeLessThan(30_000);
    expect(least).toBeGreaterThanOrEqual(1);
    const after = await pods("blue");
    expect(after.some((pod) => before.some(({ metadata }) => metadata.uid === pod.metadata.uid))).toBe(false);
    const untouched = (await pods("green")).map(({ metadata }) => metadata.uid).sort();
    expect(untouched).toEqual(others.map(({ metadata }) => metadata.uid).sort());
    // No other revision: what Pulumi declared is what is there.
    const deployment = await bed.client.read("Deployment", bed.workloads.blue[0]?.name ?? "");
    expect(deployment?.metadata.generation).toBe(1);
    await bed.ready("blue", 3);
  });

  test("is drained no further once the run is fenced, or the time is over, and says what remains", async () => {
    const before = (await pods("blue")).map(({ metadata }) => metadata.name).sort();
    const fenced = await site().address.drain("blue", 20_000, async () => "the engine is gone");
    expect(fenced).toMatchObject({ backends: 3, moved: 0 });
    expect([...fenced.remaining].sort()).toEqual(before);
    const hasty = await site().address.drain("blue", 0, notFenced);
    expect(hasty).toMatchObject({ backends: 3, moved: 0 });
    expect((await pods("blue")).map(({ metadata }) => metadata.name).sort()).toEqual(before);
  });

  const task = (color: "blue" | "green"): GateTask => ({
    gate: {
      name: "http-1",
      kind: "http",
      path: "/",
      status: 200,
      healthyFor: "0s",
      within: "5s",
      interval: "1s",
      timeout: "2s",
    },
    app: bed.app,
    platform: bed.address,
    router: { kind: "service", name: "shop", port: 80, url: "" },
    service: exposed.service,
    reach,
    attempt: 1,
    color,
    wanted: true,
    release: bed.versions[color] ?? "",
    candidateUrl: "",
  });

  test("shows its gates the candidate's pods, each by itself", async () => {
    const candidate = await findCandidate(bed.client, task("green"));
    expect([...candidate.subjects].sort()).toEqual((await site().backends.subjects("green")).toSorted());
    expect(candidate.subject.entrances).toHaveLength(2);
    for (const entrance of candidate.subject.entrances) {
      const answer = await entrance.request({ path: "/", timeoutMs: 5_000 });
      expect(answer.status).toBe(200);
      expect(JSON.parse(answer.body)).toMatchObject({ color: "green", release: "2.0+7" });
      expect((await entrance.request({ path: "/nothing-here", timeoutMs: 5_000 })).status).toBe(404);
    }
  });

  test("gives a command a URL that reaches the candidate's pods in turn, until it is closed", async () => {
    const candidate = await findCandidate(bed.client, task("green"));
    const { url, close } = await candidate.subject.tools.openUrl();
    const instances = new Set<string>();
    for (let count = 0; count < 6; count++) {
      const answer = await fetch(url, { headers: { connection: "close" } });
      const body = (await answer.json()) as { color: string; instance: string };
      expect(body.color).toBe("green");
      instances.add(body.instance);
    }
    expect(instances.size).toBe(2);
    await close();
    await expect(fetch(url)).rejects.toThrow();
  });

  test("keeps its journal beside it", async () => {
    const record = {
      attempt: 3,
      from: "blue",
      to: "green",
      release: "2.0+7",
      outcome: "switched",
      reason: "",
      overrides: [],
      at: new Date().toISOString(),
      switchMs: 12,
      gapMs: null,
      drain: null,
      totalMs: 900,
      writer: "ann@ci-7 pid 1",
    } as const;
    // Also of one attempt, at the same moment.
    await Promise.all([3, 4, 4].map((attempt) => site().routing.journal.keep({ ...record, attempt })));
    const journal = await bed.client.read("ConfigMap", journalName(bed.app));
    const entries = Object.entries(journal?.data ?? {});
    expect(entries.map(([name]) => name.slice(0, 7))).toEqual(["000003-", "000004-", "000004-"]);
    expect(JSON.parse(entries[0]?.[1] ?? "")).toEqual(record);
    const { entries: read, skipped, older } = await site().routing.journal.read();
    expect(read.map(({ record: { attempt } }) => attempt)).toEqual([4, 4, 3]);
    expect(read.at(-1)).toEqual({ kind: "attempt", name: entries[0]?.[0], record });
    expect({ skipped, older }).toEqual({ skipped: 0, older: 0 });
  });

  test("is scaled without anything else of its Deployment, and says who else scales it", async () => {
    const workload = bed.workloads.green[0] as { name: string };
    const { scaling } = site();
    await scaling.set("green", exposed.service, 3);
    expect(await scaling.settle("green", 30_000)).toBeNull();
    expect(await scaling.read("green")).toEqual({ web: { now: 3, autoscaled: false } });
    expect((await bed.client.read("Deployment", workload.name))?.spec.replicas).toBe(3);
    const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: workload.name };
    const metadata = { labels: { [labels.app]: bed.app } };
    const spec = { scaleTargetRef, maxReplicas: 5 };
    await bed.client.create("HorizontalPodAutoscaler", "hpa", { metadata, spec }, "test");
    expect(await scaling.read("green")).toEqual({ web: { now: 3, autoscaled: true } });
  });

  test("is rid of what nobody recorded, except where live traffic goes", async () => {
    const parts = bed.parts();
    const recorded = { ...parts, workloads: { blue: [...parts.workloads.blue], green: [...parts.workloads.green] } };
    expect(await openRoutedSite(bed.client, recorded).tidying.hasLeftovers()).toBe(false);
    const version = "left";
    const name = resourceName(bed.app, "blue", "left");
    const selector = selectorOf({ app: bed.app, color: "blue", version, service: "web" });
    const own = { ...selector, [labels.role]: "backend" };
    const template = { metadata: { labels: own }, spec: { containers: [{ name: "main", image: "none" }] } };
    const spec = { replicas: 0, selector: { matchLabels: selector }, template };
    await bed.client.create("Deployment", name, { metadata: { labels: own }, spec }, "test");
    const config = { metadata: { labels: { [labels.app]: bed.app, [labels.role]: "config" } }, data: {} };
    await bed.client.create("ConfigMap", "left", config, "test");
    const now = openRoutedSite(bed.client, recorded);
    expect(await now.tidying.hasLeftovers()).toBe(true);
    await now.tidying.sweep([JSON.stringify(selector)]);
    expect(await bed.client.read("Deployment", name)).not.toBeNull();
    expect(await bed.client.read("ConfigMap", "left")).not.toBeNull();
    await now.tidying.sweep([now.routing.targets.green[0] ?? ""]);
    await until(`${name} is gone`, async () => (await bed.client.read("Deployment", name)) === null);
    expect(await bed.client.read("ConfigMap", "left")).toBeNull();
    expect(await now.tidying.hasLeftovers()).toBe(false);
    expect(await bed.client.read("Deployment", recorded.workloads.blue[0]?.name ?? "")).not.toBeNull();
  });

  test("is rid of what has the live release's labels, and state has lost, once the recorded pods are all there", async () => {
    const name = resourceName(bed.app, "green", "lost");
    const version = bed.versions.green ?? "";
    const selector = selectorOf({ app: bed.app, color: "green", version, service: exposed.service });
    const own = { ...selector, [labels.role]: "backend" };
    const template = { metadata: { labels: own }, spec: { containers: [{ name: "main", image: "none" }] } };
    const spec = { replicas: 0, selector: { matchLabels: selector }, template };
    await bed.client.create("Deployment", name, { metadata: { labels: own }, spec }, "test");
    const parts = bed.parts();
    const none = openRoutedSite(bed.client, { ...parts, workloads: { ...parts.workloads, green: [] } });
    await none.tidying.sweep(site().routing.targets.green);
    expect(await bed.client.read("Deployment", name)).not.toBeNull();
    await until("green is ready", async () => (await site().backends.whyNotReady("green")) === null);
    await site().tidying.sweep(site().routing.targets.green);
    await until(`${name} is gone`, async () => (await bed.client.read("Deployment", name)) === null);
    expect(await site().tidying.hasLeftovers()).toBe(false);
  });

  test("is seen by the interlock: absent, another's, or where its traffic goes", async () => {
    const platform = kubernetesPlatform(bed.address);
    const query = (name: string, app = bed.app) => {
      const fronts = [{ router: { kind: "service", name, adopt: false } as const, service: exposed.service }];
      return { app, fronts, versions: bed.versions, reach, deployed: false };
    };
    expect(await platform.view.look(query("nothing"))).toEqual({ kind: "absent" });
    expect(await platform.view.look(query("shop", "other-1"))).toEqual({
      kind: "occupied",
      what: "Service shop",
      by: bed.app,
    });
    expect(await platform.view.look(query("shop"))).toMatchObject({
      kind: "seen",
      observation: { color: null, intact: true },
      unfinished: null,
    });
  });
});

describe("a color that can't take traffic", { timeout: 90_000 }, () => {
  let bed: ClusterBed;
  beforeAll(async () => {
    bed = await ClusterBed.open("unready");
  }, 60_000);
  afterAll(() => bed?.close());

  const why = (color: "blue" | "green") => openRoutedSite(bed.client, bed.parts()).backends.whyNotReady(color);
  const fresh = (color: "blue" | "green") => {
    bed.workloads[color] = [];
    return bed.core.deleteNamespacedService({ name: `${bed.app}-${color}-web`, namespace: bed.namespace });
  };

  test("has no release, or no Deployment", async () => {
    expect(await why("blue")).toBe("it has no release");
  });

  test("never gets ready", async () => {
    const { name } = await bed.declare("blue", { env: { UNHEALTHY: "1" } });
    await until("blue has two pods", async () => (await bed.podNames("blue")).length === 2);
    await until("blue is told not to be ready", async () => /Running and not ready/.test((await why("blue")) ?? ""));
    expect(await why("blue")).toMatch(
      new RegExp(`^0 of 2 pods of Deployment ${name} are available: pod ${name}-\\S+ is Running and not ready`),
    );
    await fresh("blue");
  });

  test("crashes again and again", async () => {
    await bed.declare("green", { version: "crash", env: { CRASH_AFTER: "0" }, replicas: 1 });
    await until("green is told to crash", async () =>
      /CrashLoopBackOff \(\d+ restarts, exit code 1\)/.test((await why("green")) ?? ""),
    );
    await fresh("green");
  });

  test("says it is ready to Kubernetes, but not on the path that counts", async () => {
    await bed.declare("blue", { version: "b2", env: { UNHEALTHY: "1" }, readyPath: "/health/live", replicas: 1 });
    await until("blue is told to be ill", async () => /answered 503, not 200/.test((await why("blue")) ?? ""));
    await fresh("blue");
  });

  test("has lost its pods, or its Deployment", async () => {
    const { name } = await bed.declare("blue", { version: "b3", replicas: 1 });
    await until("blue is well again", async () => (await why("blue")) === null);
    const subjects = await openRoutedSite(bed.client, bed.parts()).backends.subjects("blue");
    await bed.client.remove(
      "Pod",
      (await findPods(bed.client, { [labels.release]: "b3" }))[0]?.metadata.name ?? "",
      subjects[0]?.split("/")[0] ?? "",
    );
    await until("blue is well again", async () => (await why("blue")) === null);
    const others = await openRoutedSite(bed.client, bed.parts()).backends.subjects("blue");
    expect(others).toHaveLength(1);
    expect(others).not.toEqual(subjects);
    await openRoutedSite(bed.client, bed.parts()).scaling.set("blue", exposed.service, 0);
    expect(await why("blue")).toBe(`Deployment ${name} is scaled to zero`);
    await bed.apps.deleteNamespacedDeployment({ name, namespace: bed.namespace });
    await until("blue is told to be gone", async () => (await why("blue")) === `Deployment ${name} is gone`);
  });
});
