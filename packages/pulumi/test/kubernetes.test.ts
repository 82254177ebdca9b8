import { type CutoverRecord, journalKey } from "@bluegreen/core";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { wavesOf } from "../src/kubernetes/drain.ts";
import { parseStatus, refusal } from "../src/kubernetes/error.ts";
import { journalAfter } from "../src/kubernetes/journal.ts";
import { loadKubeconfig } from "../src/kubernetes/kubeconfig.ts";
import {
  candidateName,
  releaseLabel,
  resourceName,
  selectorOf,
  selectorText,
  selects,
  targetOfLabels,
} from "../src/kubernetes/labels.ts";
import { leftoversAmong } from "../src/kubernetes/leftovers.ts";
import type { Deployment, Meta, Pod, Stored } from "../src/kubernetes/objects.ts";
import { identityOf } from "../src/kubernetes/pods.ts";
import { troubleOf, whyNotAvailable } from "../src/kubernetes/ready.ts";
import { moverOf, recordOf } from "../src/kubernetes/routers/recorded-object.ts";

const meta = (name: string, more: Partial<Meta> = {}): Meta => ({
  name,
  uid: `uid-${name}`,
  resourceVersion: "1",
  ...more,
});

describe("a release's label", () => {
  const legal = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

  test("is the version itself where Kubernetes allows it", () => {
    for (const version of ["1.4.2", "v2", "a", "2026-01-31_7"]) expect(releaseLabel(version)).toBe(version);
  });

  test("is legal for every version, and another one for another version", async () => {
    const versions = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}$/);
    await fc.assert(
      fc.property(versions, versions, (a, b) => {
        expect(releaseLabel(a)).toMatch(legal);
        expect(releaseLabel(a) === releaseLabel(b)).toBe(a === b);
      }),
      { numRuns: 2_000 },
    );
  });

  test("tells versions apart that differ only in what it may not hold", () => {
    expect(releaseLabel("1.0+a")).not.toBe(releaseLabel("1.0-a"));
    expect(releaseLabel("1.0+a")).toMatch(/^1\.0-a-[0-9a-f]{8}$/);
    expect(releaseLabel("_")).toMatch(/^v-[0-9a-f]{8}$/);
    expect(releaseLabel(`${"x".repeat(99)}1`)).not.toBe(releaseLabel(`${"x".repeat(99)}2`));
  });
});

test("names fit into 63 characters, and long ones stay apart", () => {
  expect(candidateName("shop-ab12cd", "blue", "web")).toBe("shop-ab12cd-blue-web");
  const long = (service: string) => resourceName("a".repeat(47), "green", service);
  expect(long(`${"s".repeat(39)}1`)).toMatch(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);
  expect(long(`${"s".repeat(39)}1`)).not.toBe(long(`${"s".repeat(39)}2`));
});

test("a target is the same text for the same pods", () => {
  const selector = selectorOf({ app: "shop-1", color: "blue", version: "1.0+7", service: "web" });
  const turned = Object.fromEntries(Object.entries(selector).reverse());
  expect(selectorText(selector)).toBe(selectorText(turned));
  expect(targetOfLabels({ ...turned, "pod-template-hash": "f00" })).toBe(selectorText(selector));
  expect(targetOfLabels({ "bluegreen/app": "shop-1" })).toBe("");
  expect(selects(selector, { ...selector, more: "1" })).toBe(true);
  expect(selects(selector, { ...selector, "bluegreen/color": "green" })).toBe(false);
  expect(selects({}, selector)).toBe(false);
});

describe("a Deployment", () => {
  const workload = { id: "uid-web", name: "web", service: "web" };
  const selector = selectorOf({ app: "shop-1", color: "blue", version: "2", service: "web" });
  const available = { observedGeneration: 3, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
  const deployment = (status: Deployment["status"], more: Partial<Deployment["spec"]> = {}): Deployment => ({
    metadata: meta("web", { generation: 3 }),
    spec: { replicas: 2, template: { metadata: { labels: selector }, spec: { containers: [] } }, ...more },
    ...(status ? { status } : {}),
  });
  const why = (object: Deployment | null, pods: readonly Pod[] = []) =>
    whyNotAvailable(object, workload, selector, pods);
  const crashing: Pod = {
    metadata: meta("web-1", { labels: selector }),
    spec: { containers: [] },
    status: {
      phase: "Running",
      containerStatuses: [
        {
          name: "main",
          ready: false,
          restartCount: 4,
          state: { waiting: { reason: "CrashLoopBackOff" } },
          lastState: { terminated: { exitCode: 1 } },
        },
      ],
    },
  };

  test("is available when all of its pods are of its present revision and available", () => {
    expect(why(deployment(available))).toBeNull();
  });

  test.each([
    ["is gone", null],
    ["was replaced by someone else", { ...deployment(available), metadata: meta("web", { uid: "other" }) }],
    ["is being changed", deployment({ ...available, observedGeneration: 2 })],
    ["is scaled to zero", deployment(available, { replicas: 0 })],
    ["1 of 2 pods", deployment({ ...available, availableReplicas: 1 })],
    ["is being changed", deployment(undefined)],
    ["1 of another revision", deployment({ ...available, replicas: 3 })],
    [
      "runs release 1, not 2",
      deployment(available, {
        template: {
          metadata: { labels: selectorOf({ app: "shop-1", color: "blue", version: "1", service: "web" }) },
          spec: { containers: [] },
        },
      }),
    ],
  ])("is not when it %s", (reason, object) => {
    expect(why(object)).toContain(reason);
  });

  test("that does not come up names its pod and Kubernetes' reason", () => {
    const status = { ...available, availableReplicas: 0 };
    expect(why(deployment(status), [crashing])).toBe(
      "0 of 2 pods of Deployment web are available: pod web-1 is waiting: CrashLoopBackOff (4 restarts, exit code 1)",
    );
    expect(troubleOf({ ...crashing, status: { phase: "Pending" } })).toBe("pod web-1 is Pending and not ready");
  });

  test("a restarted pod is another one to the gates", () => {
    expect(identityOf(crashing)).toBe("uid-web-1/4");
  });
});

test("pods are drained in two waves, one pod alone", () => {
  expect(wavesOf([])).toEqual([]);
  expect(wavesOf([1])).toEqual([[1]]);
  expect(wavesOf([1, 2, 3])).toEqual([[1], [2, 3]]);
  expect(wavesOf([1, 2, 3, 4])).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test("the journal keeps the last 50 records, in their order", () => {
  const record = { reason: "r".repeat(10_000), outcome: "refused", at: "2026-01-31T12:00:00.000Z" } as CutoverRecord;
  let data: Record<string, string> = {};
  for (let attempt = 1; attempt <= 60; attempt++) {
    const one = { ...record, attempt };
    data = journalAfter(data, journalKey(one, "a1"), one);
  }
  expect(Object.keys(data)).toHaveLength(50);
  expect(Object.keys(data)[0]).toBe("000011-20260131T120000000Z-refused-a1.json");
  expect(Object.keys(data).at(-1)).toBe("000060-20260131T120000000Z-refused-a1.json");
  expect(JSON.stringify(data).length).toBeLessThan(1 << 20);
});

test("a leftover is a Deployment that nobody recorded, or configuration that no recorded one reads", () => {
  const spec = {
    containers: [{ name: "main", envFrom: [{ secretRef: { name: "used" } }] }],
    volumes: [{ configMap: { name: "mounted" } }],
  };
  const web: Deployment = { metadata: meta("web"), spec: { template: { spec } } };
  const old: Deployment = { metadata: meta("old"), spec: { template: { spec: { containers: [] } } } };
  const stored = (name: string): Stored => ({ metadata: meta(name) });
  const workload = { id: "uid-web", name: "web", service: "web" };
  const maps = [stored("mounted"), stored("lost")];
  const found = leftoversAmong([web, old], maps, [stored("used"), stored("unused")], {
    workloads: { blue: [workload], green: [] },
  });
  expect(found.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual([
    "Deployment/old",
    "ConfigMap/lost",
    "Secret/unused",
  ]);
  // A recorded Deployment that someone else deleted is made anew, and reads again what it read.
  const gone = leftoversAmong([old], maps, [stored("used")], {
    workloads: { blue: [workload], green: [] },
  });
  expect(gone.map(({ metadata }) => metadata.name)).toEqual(["old"]);
});

test("the mover is whoever else wrote the field last", () => {
  const owns = (manager: string, time: string, field: string) => ({
    manager,
    time,
    fieldsV1: { "f:spec": { [`f:${field}`]: {} } },
  });
  const managedFields = [
    owns("kubectl-edit", "2026-01-01T00:00:00Z", "selector"),
    owns("kubectl-patch", "2026-01-02T00:00:00Z", "selector"),
    owns("pulumi-kubernetes", "2026-01-03T00:00:00Z", "ports"),
    owns("bluegreen-shop-1", "2026-01-04T00:00:00Z", "selector"),
  ];
  expect(moverOf(meta("shop", { managedFields }), "selector", "shop-1")).toBe("kubectl-patch at 2026-01-02T00:00:00Z");
  expect(moverOf(meta("shop"), "selector", "shop-1")).toBeNull();
});

test("a record that can't be read is none", () => {
  for (const text of ["", "{", "null", "[]", "7"]) {
    expect(recordOf(meta("shop", { annotations: { "bluegreen/record": text } }))).toBeNull();
  }
});

describe("errors", () => {
  test("give the API server's reason and causes", () => {
    const body = JSON.stringify({
      kind: "Status",
      apiVersion: "v1",
      status: "Failure",
      reason: "Invalid",
      message: "Service is invalid",
      details: { causes: [{ field: "spec.ports", message: "Required value" }] },
    });
    const error = refusal("apply Service shop", 422, body);
    expect(error.message).toBe("Kubernetes refused to apply Service shop (422): Service is invalid");
    expect(error).toMatchObject({ status: 422, reason: "Invalid", causes: ["spec.ports: Required value"] });
    expect(parseStatus('{"kind":"Status"}')).toBeNull();
  });

  const address = { kind: "kubernetes", namespace: "shop", context: "" } as const;

  test("never quote a kubeconfig", async () => {
    const broken = 'users:\n- user: {token: "s3cr3t-t0ken"\n  nonsense: [';
    const error = await loadKubeconfig({ ...address, kubeconfig: broken }).catch((thrown) => thrown);
    expect(error.message).toBe("the given kubeconfig can't be read; it is no YAML of kind Config");
    expect(JSON.stringify({ ...error, stack: error.stack })).not.toContain("s3cr3t");
  });

  test("name the contexts that there are", async () => {
    const kubeconfig = JSON.stringify({
      clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }],
      users: [{ name: "u", user: { token: "s3cr3t" } }],
      contexts: [{ name: "prod", context: { cluster: "c", user: "u" } }],
    });
    const load = loadKubeconfig({ ...address, kubeconfig, context: "prdo" });
    await expect(load).rejects.toThrow('the given kubeconfig has no context "prdo"; it has "prod"');
  });
});
