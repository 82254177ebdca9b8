import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "@bluegreen/testkit/until";
import { KubeConfig, RbacAuthorizationV1Api } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { KubernetesAddress } from "../src/contracts/addresses.ts";
import type { Site } from "../src/contracts/site.ts";
import { findCandidate } from "../src/kubernetes/candidate.ts";
import { connectKubernetes } from "../src/kubernetes/client.ts";
import { runJob } from "../src/kubernetes/job.ts";
import { kubernetesPlatform } from "../src/kubernetes/platform.ts";
import { findPods } from "../src/kubernetes/pods.ts";
import { fingerprint } from "../src/routers/interpret.ts";
import { ClusterBed, exposed, image, reach } from "./cluster-bed.ts";

/** What the library itself needs in the app's namespace, apart from what Pulumi's plugin declares. */
const rules = [
  { apiGroups: [""], resources: ["services"], verbs: ["get", "list", "patch", "delete"] },
  { apiGroups: ["networking.k8s.io"], resources: ["ingresses"], verbs: ["get", "patch"] },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list"] },
  { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
  { apiGroups: [""], resources: ["pods/proxy"], verbs: ["get"] },
  { apiGroups: [""], resources: ["pods/portforward"], verbs: ["get", "create"] },
  { apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"] },
  { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "list", "delete"] },
  { apiGroups: ["apps"], resources: ["deployments/scale"], verbs: ["patch"] },
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "list", "create", "patch", "delete"] },
  { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "create", "update", "delete"] },
  { apiGroups: [""], resources: ["secrets"], verbs: ["list", "create", "delete"] },
  { apiGroups: ["batch"], resources: ["jobs"], verbs: ["get", "list", "create", "patch", "delete"] },
  { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
  { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: ["list", "delete"] },
  { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: ["list", "delete"] },
];

describe("access to a cluster", { timeout: 90_000 }, () => {
  let bed: ClusterBed;
  let folder: string;
  beforeAll(async () => {
    bed = await ClusterBed.open("access");
    folder = mkdtempSync(join(tmpdir(), "bluegreen-access-"));
    await bed.declareService();
    await bed.declareService("nowhere");
    await Promise.all([bed.declare("blue"), bed.declare("green", { replicas: 1 })]);
    await Promise.all([bed.ready("blue"), bed.ready("green", 1)]);
  }, 90_000);
  afterAll(async () => {
    if (folder) rmSync(folder, { recursive: true });
    await bed?.close();
  });

  /** The bed's cluster, as another user. */
  const kubeconfigOf = (user: object): string => {
    const cluster = bed.config.getCurrentCluster();
    const { server, caData } = cluster ?? { server: "" };
    return JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "bed", cluster: { server, "certificate-authority-data": caData } }],
      users: [{ name: "someone", user }],
      contexts: [{ name: "bed", context: { cluster: "bed", user: "someone" } }],
      "current-context": "bed",
    });
  };
  const addressOf = (user: object): KubernetesAddress => ({
    ...bed.address,
    context: "",
    kubeconfig: kubeconfigOf(user),
  });

  /** A token of a new service account with exactly these rights. */
  async function tokenWith(name: string, granted: typeof rules): Promise<string> {
    const { namespace } = bed;
    const rbac = bed.config.makeApiClient(RbacAuthorizationV1Api);
    await bed.core.createNamespacedServiceAccount({ namespace, body: { metadata: { name } } });
    await rbac.createNamespacedRole({ namespace, body: { metadata: { name }, rules: granted } });
    const subjects = [{ kind: "ServiceAccount", name, namespace }];
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name };
    await rbac.createNamespacedRoleBinding({ namespace, body: { metadata: { name }, subjects, roleRef } });
    const body = { spec: { audiences: [], expirationSeconds: 3_600 } };
    const answer = await bed.core.createNamespacedServiceAccountToken({ name, namespace, body });
    return answer.status?.token ?? "";
  }

  const service = { kind: "service", name: "shop", port: 80, url: "" } as const;
  const ingress = {
    kind: "ingress",
    name: "shop",
    rules: [{ host: "", path: "/", pathType: "Prefix" }],
    url: "",
  } as const;

  async function switchTo(site: Site, color: "blue" | "green", attempt: number): Promise<void> {
    const seen = await site.routing.router.observe(site.routing.targets);
    const backends = site.routing.targets[color];
    const lease = await site.routing.takeLease({ attempt, wish: color, seen: seen.observation });
    if ("heldBy" in lease) throw new Error(lease.heldBy);
    await site.tidying.sweep(seen.backends);
    expect(await site.backends.whyNotReady(color)).toBeNull();
    const record = {
      app: bed.app,
      active: color,
      release: "1",
      backends: fingerprint(backends),
      attempt,
      writer: "test",
      at: new Date().toISOString(),
      latches: [],
    };
    expect((await site.routing.router.write(backends, record, seen, async () => null)).result).toBe("written");
    await until(`${color} answers`, async () =>
      backends.includes(
        (await site.routing.router.ask({ path: "/", timeoutMs: 5_000 }).catch(() => null))?.backend ?? "",
      ),
    );
    expect(await lease.lost()).toBeNull();
    const other = color === "blue" ? "green" : "blue";
    const drain = (await site.address?.drain(other, 20_000, () => lease.lost())) ?? null;
    expect(drain?.remaining).toEqual([]);
    await site.routing.journal.keep({
      attempt,
      from: null,
      to: color,
      release: "1",
      outcome: "switched",
      reason: "",
      overrides: [],
      at: record.at,
      switchMs: 1,
      gapMs: null,
      drain,
      totalMs: 1,
      writer: "test",
    });
    await lease.release();
  }

  test("asks pods through the kubelet where the API server's proxy is closed, and names both where neither is open", async () => {
    const [pod = ""] = await bed.podNames("blue");
    const without = (...closed: string[]) => rules.filter(({ resources: [name = ""] }) => !closed.includes(name));
    const asked = { path: exposed.ready.path, timeoutMs: 10_000 };
    const joined = await connectKubernetes(addressOf({ token: await tokenWith("joined", without("pods/proxy")) }));
    for (const time of ["once", "again"]) expect((await joined.askPod(pod, 8080, asked)).status, time).toBe(200);
    await expect(joined.askPod(pod, 81, asked)).rejects.toThrow(/refused the connection/);
    const neither = without("pods/proxy", "pods/portforward");
    const shut = await connectKubernetes(addressOf({ token: await tokenWith("shut", neither) }));
    await expect(shut.askPod(pod, 8080, asked)).rejects.toThrow(/pods\/proxy.*pods\/portforward.*docs\/rbac\.yaml/s);
  });

  test("needs no more rights than these, from the first look to the last removal", async () => {
    const address = addressOf({ token: await tokenWith("deployer", rules) });
    const platform = kubernetesPlatform(address);
    const query = (kind: "service" | "ingress") => {
      const fronts = [{ router: { kind, name: "shop", adopt: false }, service: exposed.service }];
      return { app: bed.app, fronts, versions: bed.versions, reach, deployed: true };
    };
    expect(await platform.view.look(query("service"))).toMatchObject({ kind: "seen" });
    const parts = { ...bed.parts(service), platform: address };
    const site = await platform.openSite(parts);
    await switchTo(site, "blue", 1);
    await bed.ready("green", 1);
    await switchTo(site, "green", 2);
    await bed.ready("blue");
    const defaultBackend = { service: { name: "nowhere", port: { number: 80 } } };
    const body = { metadata: { name: "shop", labels: { "bluegreen/app": bed.app } }, spec: { defaultBackend } };
    await bed.networking.createNamespacedIngress({ namespace: bed.namespace, body });
    expect(await platform.view.look(query("ingress"))).toMatchObject({ kind: "seen" });
    await switchTo(await platform.openSite({ ...parts, router: ingress }), "blue", 3);
    await bed.ready("green", 1);
    const client = await connectKubernetes(address);
    const task = {
      gate: { name: "c", kind: "command", run: "true", timeout: "5s" },
      app: bed.app,
      platform: address,
      router: service,
      service: exposed.service,
      reach,
      attempt: 1,
      color: "green",
      wanted: true,
      release: bed.versions.green ?? "",
      candidateUrl: "",
    } as const;
    const candidate = await findCandidate(client, task);
    const asked = { path: exposed.ready.path, timeoutMs: 5_000 };
    expect((await candidate.subject.entrances[0]?.request(asked))?.status).toBe(200);
    const { url, close } = await candidate.subject.tools.openUrl();
    expect((await fetch(url)).status).toBe(200);
    await close();
    const job = { image, env: { WISH: "s3cr3t" }, secrets: { TOKEN: "s3cr3t" }, timeoutMs: 60_000 };
    const compare = ["sh", "-c", 'echo "as $WISH"; test "$TOKEN" = "$WISH"'];
    expect(await runJob(client, bed.app, { ...job, name: "smoke", command: compare })).toEqual({
      result: "passed",
      output: "",
    });
    expect(
      await runJob(client, bed.app, { ...job, name: "smoke", command: compare, env: { WISH: "another" } }),
    ).toMatchObject({ result: "failed", output: expect.stringContaining("as another") });
    await site.scaling?.set("green", exposed.service, 2);
    expect(await site.scaling?.read("green")).toEqual({ web: { now: 2, autoscaled: false } });
    expect(await site.scaling?.settle("green", 30_000)).toBeNull();
    await platform.removeLeftovers(bed.app);
    await until(
      "its pods are gone",
      async () => (await findPods(bed.client, { "bluegreen/app": bed.app })).length === 0,
    );
    expect(await bed.client.read("Service", "shop")).not.toBeNull();
    expect(await bed.client.list("Lease", { "bluegreen/app": bed.app })).toEqual([]);
    expect(await bed.client.list("ConfigMap", { "bluegreen/app": bed.app })).toEqual([]);
  });

  test("that is missing is named, with who lacks it", async () => {
    const client = await connectKubernetes(addressOf({ token: await tokenWith("reader", []) }));
    await expect(client.read("Service", "shop")).rejects.toThrow(
      `Kubernetes refused to get Service shop (403): services "shop" is forbidden: User "system:serviceaccount:${bed.namespace}:reader" cannot get resource "services"`,
    );
  });

  test("comes from exec plugins, whose tokens are used until they expire", async () => {
    const token = await tokenWith("plugin", rules);
    const calls = join(folder, "calls");
    const plugin = join(folder, "get-token");
    const credential = {
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      status: { token, expirationTimestamp: "2099-01-01T00:00:00Z" },
    };
    writeFileSync(plugin, `#!/bin/sh\necho called >> ${calls}\ncat <<'E'\n${JSON.stringify(credential)}\nE\n`);
    chmodSync(plugin, 0o700);
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: plugin, interactiveMode: "Never" };
    const client = await connectKubernetes(addressOf({ exec }));
    for (let count = 0; count < 3; count++) expect(await client.read("Service", "shop")).not.toBeNull();
    expect(spawnSync("cat", [calls]).stdout.toString()).toBe("called\n");
  });

  test.each([
    ["prints no credential", "#!/bin/sh\necho 's3cr3t-t0ken is no JSON'\n"],
    ["fails", "#!/bin/sh\necho 'you are not logged in' >&2\nexit 1\n"],
  ])("is refused with a reason and no secret when a plugin %s", async (name, script) => {
    const plugin = join(folder, name.replaceAll(" ", "-"));
    writeFileSync(plugin, script);
    chmodSync(plugin, 0o700);
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: plugin, interactiveMode: "Never" };
    const client = await connectKubernetes(addressOf({ exec }));
    const error = await client.read("Service", "shop").catch((thrown: Error) => thrown);
    expect(String(error)).toMatch(/the kubeconfig's user can't log in: (its exec plugin|you are not logged in)/);
    expect(String(error)).not.toContain("s3cr3t");
  });

  test("is refused by the API server without a word about the token", async () => {
    const client = await connectKubernetes(addressOf({ token: "s3cr3t-t0ken" }));
    const error = await client.read("Service", "shop").catch((thrown: Error) => thrown);
    expect(String(error)).toContain("Kubernetes refused to get Service shop (401): Unauthorized");
    expect(String(error)).not.toContain("s3cr3t");
  });

  test("fails in time when nobody answers", async () => {
    const config = new KubeConfig();
    config.loadFromString(kubeconfigOf({ token: "t" }));
    const kubeconfig = kubeconfigOf({ token: "t" }).replace(
      config.getCurrentCluster()?.server ?? "",
      "https://127.0.0.1:1",
    );
    const client = await connectKubernetes({ ...bed.address, context: "", kubeconfig });
    await expect(client.read("Service", "shop")).rejects.toThrow(
      "can't get Service shop: connect ECONNREFUSED 127.0.0.1:1",
    );
  });

  test("does not keep a process alive that is done with it", () => {
    const program = `
      const { connectKubernetes } = await import(${JSON.stringify(join(import.meta.dirname, "../src/kubernetes/client.ts"))});
      const client = await connectKubernetes(JSON.parse(process.env.ADDRESS));
      await client.read("Service", "shop");`;
    const env = { ...process.env, ADDRESS: JSON.stringify(bed.address) };
    const result = spawnSync(process.execPath, ["--input-type=module", "-e", program], { env, timeout: 20_000 });
    expect(result.stderr.toString()).toBe("");
    // Not ended by the deadline: idle connections hold no process.
    expect({ status: result.status, signal: result.signal }).toEqual({ status: 0, signal: null });
  });
});
