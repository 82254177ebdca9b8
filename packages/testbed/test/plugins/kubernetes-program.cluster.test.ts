import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createProject, type Project } from "../../src/engine/project.ts";
import type { Stack } from "../../src/engine/stack.ts";
import { type Bed, bedForTests, importAppImages } from "./kubernetes-bed.ts";

const TIMEOUT = { timeout: 120_000 };

/** A whole application, as a user's program would declare it. */
const program = `
import * as k8s from "@pulumi/kubernetes";
import { Config } from "@pulumi/pulumi";

const config = new Config();
const version = config.require("version");
const app = config.get("selector");
const namespace = new k8s.core.v1.Namespace("shop").metadata.name;
const labels = { app: "shop" };
const settings = new k8s.core.v1.ConfigMap("settings", { metadata: { namespace }, data: { version } });
const password = new k8s.core.v1.Secret("password", { metadata: { namespace }, stringData: { password: "s3cret" } });
const web = new k8s.apps.v1.Deployment("web", {
  metadata: { namespace },
  spec: {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 1,
        hostNetwork: false,
        containers: [{
          name: "app",
          image: config.get("image") ?? "localhost/app:3",
          imagePullPolicy: "Never",
          env: [
            { name: "VERSION", valueFrom: { configMapKeyRef: { name: settings.metadata.name, key: "version" } } },
            { name: "PASSWORD", valueFrom: { secretKeyRef: { name: password.metadata.name, key: "password" } } },
          ],
          resources: { requests: { cpu: "0.01", memory: "1024Ki" } },
          readinessProbe: { httpGet: { path: "/", port: 8080 }, periodSeconds: 1 },
        }],
      },
    },
  },
}, { customTimeouts: { update: "5s" } });
new k8s.core.v1.Service("own", { metadata: { namespace }, spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] } });
new k8s.core.v1.Service("stable", {
  metadata: { namespace, name: "stable", annotations: { "pulumi.com/skipAwait": "true" } },
  spec: { ports: [{ port: 80, targetPort: 8080 }], ...(app && { selector: { app } }) },
});
new k8s.autoscaling.v2.HorizontalPodAutoscaler("scale", {
  metadata: { namespace },
  spec: {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: web.metadata.name },
    minReplicas: 1,
    maxReplicas: 3,
    metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } }],
  },
});
new k8s.policy.v1.PodDisruptionBudget("budget", {
  metadata: { namespace },
  spec: { minAvailable: 1, selector: { matchLabels: labels } },
});
export const names = { namespace, settings: settings.metadata.name, web: web.metadata.name };
export const ready = web.status.availableReplicas;
`;

describe("a program on the kubernetes stand-in", () => {
  let bed: Bed;
  let project: Project;
  let stack: Stack;
  let names: { namespace: string; settings: string; web: string };

  beforeAll(async () => {
    bed = await bedForTests();
    await importAppImages();
    project = await createProject({ name: "shop", program, env: { KUBECONFIG: bed.kubeconfig } });
    stack = await project.stack("dev");
    await stack.config("version", "1");
  }, 60_000);
  afterAll(() => project?.remove(), 120_000);

  test("is created, with names of its own, and is ready when it is done", TIMEOUT, async () => {
    const preview = (await stack.preview()).orThrow();
    expect(preview.stdout).toMatch(/\+ 9 to create/);
    (await stack.up()).orThrow();
    const outputs = await stack.outputs();
    names = outputs.names as typeof names;
    expect(names.settings).toMatch(/^settings-[0-9a-f]{8}$/);
    expect(outputs.ready).toBe(1);
  });

  test("has nothing to update afterwards, nor after a refresh", TIMEOUT, async () => {
    expect((await stack.up({ withPreview: true })).orThrow().stdout).toMatch(/9 unchanged/);
    expect((await stack.refresh()).orThrow().stdout).toMatch(/9 unchanged/);
    expect((await stack.preview()).orThrow().stdout).toMatch(/9 unchanged/);
  });

  test("keeps secrets out of its state and of its output", TIMEOUT, async () => {
    const state = JSON.stringify(await stack.export());
    expect(state).not.toContain("s3cret");
    expect(state).not.toContain(Buffer.from("s3cret").toString("base64"));
  });

  test("replaces a changed ConfigMap beside the old one and rolls the pods over", TIMEOUT, async () => {
    await stack.config("version", "2");
    const preview = (await stack.preview({ diff: true })).orThrow().stdout;
    expect(preview).toMatch(/1 to update/);
    expect(preview).toMatch(/\+-1 to replace/);
    (await stack.up()).orThrow();
    const settings = `/api/v1/namespaces/${names.namespace}/configmaps`;
    await expect(bed.cluster.call("GET", `${settings}/${names.settings}`)).rejects.toThrow(/not found/);
  });

  test("doesn't touch a selector that somebody else has set", TIMEOUT, async () => {
    const path = `/api/v1/namespaces/${names.namespace}/services/stable`;
    await bed.cluster.call("PATCH", path, {
      query: { fieldManager: "cutover" },
      contentType: "application/apply-patch+yaml",
      body: { apiVersion: "v1", kind: "Service", metadata: { name: "stable" }, spec: { selector: { app: "shop" } } },
    });
    expect((await stack.up({ refresh: true })).orThrow().stdout).toMatch(/9 unchanged/);
    expect((await bed.cluster.call("GET", path)).spec).toMatchObject({ selector: { app: "shop" } });
  });

  test(
    "never takes what belongs to somebody else; a preview says so once an update has been tried",
    TIMEOUT,
    async () => {
      await stack.config("selector", "other");
      const conflict = /conflict with "cutover": \.spec\.selector/;
      // Until its first update an object's fields are not noted as ours, and a preview cannot see whose they will be.
      (await stack.preview()).orThrow();
      for (const refused of [await stack.up(), await stack.preview()]) {
        expect(refused.exit).not.toBe(0);
        expect(refused.stdout + refused.stderr).toMatch(conflict);
      }
      const path = `/api/v1/namespaces/${names.namespace}/services/stable`;
      expect((await bed.cluster.call("GET", path)).spec).toMatchObject({ selector: { app: "shop" } });
      await stack.removeConfig("selector");
      (await stack.up()).orThrow();
      expect((await bed.cluster.call("GET", path)).spec).toMatchObject({ selector: { app: "shop" } });
    },
  );

  test("fails when its pods don't get ready, says why, and is repaired by the next update", TIMEOUT, async () => {
    await stack.config("image", "localhost/none:1");
    const failed = await stack.up();
    expect(failed.exit).not.toBe(0);
    expect(failed.stdout + failed.stderr).toMatch(/timed out waiting to be Ready/);
    expect((await stack.resource("web")).initErrors).toEqual(
      expect.arrayContaining([expect.stringContaining('image "localhost/none:1"')]),
    );
    await stack.removeConfig("image");
    expect((await stack.up()).orThrow().stdout).toMatch(/~ 1 updated/);
    expect((await stack.resource("web")).initErrors ?? []).toEqual([]);
  });

  test("makes again what somebody has removed", TIMEOUT, async () => {
    await bed.removed(`/apis/apps/v1/namespaces/${names.namespace}/deployments/${names.web}`);
    expect((await stack.up({ refresh: true })).orThrow().stdout).toMatch(/\+ 1 created/);
  });

  test("is gone when it is destroyed, its namespace too", TIMEOUT, async () => {
    (await stack.destroy()).orThrow();
    await expect(bed.cluster.call("GET", `/api/v1/namespaces/${names.namespace}`)).rejects.toThrow(/not found/);
  });
});
