import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bed, bedForTests, importAppImages } from "./kubernetes-bed.ts";
import { startKubernetes } from "./kubernetes-transcripts.ts";
import type { Answer, Json, PluginUnderTest } from "./plugin-under-test.ts";

const NAMESPACE = `objects-${process.pid}`;
const TIMEOUT = { timeout: 60_000 };

const metadata = (name: string, more: Json = {}) => ({ name, namespace: NAMESPACE, ...more });
const pods = (container: Json = {}) => ({
  automountServiceAccountToken: false,
  terminationGracePeriodSeconds: 0,
  containers: [{ name: "app", image: "localhost/app:3", imagePullPolicy: "Never", ...container }],
});
const set = (kind: string, name: string, container: Json = {}, more: Json = {}) => ({
  ...{ apiVersion: "apps/v1", kind, metadata: metadata(name) },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: pods(container) },
    ...more,
  },
});
const configMap = (name: string, more: Json = {}) => ({
  ...{ apiVersion: "v1", kind: "ConfigMap", metadata: metadata(name), data: { x: "1" } },
  ...more,
});

const urnOf = ({ apiVersion, kind, metadata }: Json) => {
  const group = apiVersion === "v1" ? "core/v1" : apiVersion;
  return `urn:pulumi:dev::app::kubernetes:${group}:${kind}::${metadata.name}`;
};

describe("an object of the kubernetes stand-in", () => {
  let bed: Bed;
  let plugin: PluginUnderTest;
  beforeAll(async () => {
    bed = await bedForTests();
    await importAppImages();
    plugin = await startKubernetes(bed.kubeconfig);
    await bed.cluster.call("POST", "/api/v1/namespaces", {
      body: { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } },
    });
  }, 120_000);
  afterAll(async () => {
    await plugin?.stop();
    await bed?.removed(`/api/v1/namespaces/${NAMESPACE}`);
  }, 60_000);

  const create = (properties: Json, more: Json = {}) =>
    plugin.call("Create", { urn: urnOf(properties), properties, ...more });
  const remove = (inputs: Json) => {
    const { name, namespace } = inputs.metadata;
    const id = namespace ? `${namespace}/${name}` : name;
    return plugin.call("Delete", { urn: urnOf(inputs), id, properties: { ...inputs, __inputs: inputs } });
  };
  const read = ({ apiVersion, kind }: Json, name: string, state: Json = {}, inputs: Json = {}) =>
    plugin.call("Read", {
      ...{ urn: urnOf({ apiVersion, kind, metadata: { name } }), id: `${NAMESPACE}/${name}` },
      ...{ properties: state, inputs },
    });
  const stateOf = (answer: Answer) => (answer.response ?? answer.halfMade)?.properties as Json;

  test.each([
    { apiVersion: "v1", kind: "Pod", metadata: metadata("lone"), spec: pods() },
    set("StatefulSet", "stateful", {}, { serviceName: "none" }),
    set("DaemonSet", "daemon"),
  ])("of kind $kind is ready when its create is done, and gone when its delete is", TIMEOUT, async (inputs) => {
    const created = await create(inputs, { timeout: 30 });
    expect(created.error).toBeNull();
    const { conditions, readyReplicas, numberAvailable } = stateOf(created).status;
    const ready = conditions?.some((one: Json) => one.type === "Ready" && one.status === "True");
    expect(ready || readyReplicas === 1 || numberAvailable === 1).toBe(true);
    expect((await remove(inputs)).error).toBeNull();
    expect((await read(inputs, inputs.metadata.name, inputs, inputs)).response).toEqual({});
  });

  test("that doesn't get ready in its time is recorded all the same, with what was wrong", TIMEOUT, async () => {
    const inputs = set("Deployment", "crashing", { image: "localhost/none:1" });
    const created = await create(inputs, { timeout: 2 });
    expect(created.error).toMatch(/was successfully created, but .* 'crashing' timed out waiting to be Ready/);
    expect(created.halfMade).toMatchObject({ id: `${NAMESPACE}/crashing`, properties: { __inputs: inputs } });
    expect(created.halfMade?.reasons).toEqual([
      created.error,
      expect.stringContaining("MinimumReplicasUnavailable"),
      "Minimum number of live Pods was not attained",
      expect.stringContaining('image "localhost/none:1"'),
    ]);
    // A refresh says so, too.
    const seen = await read(inputs, "crashing", stateOf(created), inputs);
    expect(seen.error).toBe("Resource 'crashing' was created but failed to initialize");
    expect(seen.halfMade?.id).toBe(`${NAMESPACE}/crashing`);
    expect((await remove(inputs)).error).toBeNull();
  });

  test("is not waited for where an annotation says so", TIMEOUT, async () => {
    const inputs = set("Deployment", "unawaited", { image: "localhost/none:1" });
    inputs.metadata = metadata("unawaited", { annotations: { "pulumi.com/skipAwait": "true" } });
    expect((await create(inputs)).error).toBeNull();
    expect((await remove(inputs)).error).toBeNull();
  });

  test("that is a failed Job fails at once", TIMEOUT, async () => {
    const spec = {
      ...pods({ image: "localhost/app:1", command: ["/bin/sh", "-c", "exit 2"] }),
      restartPolicy: "Never",
    };
    const inputs = {
      ...{ apiVersion: "batch/v1", kind: "Job", metadata: metadata("failing") },
      spec: { backoffLimit: 0, template: { spec } },
    };
    const created = await create(inputs, { timeout: 30 });
    expect(created.error).toMatch(/Resource 'failing' was created but failed to initialize/);
    expect(created.halfMade?.reasons[1]).toMatch(/^\[BackoffLimitExceeded\]/);
    expect((await remove(inputs)).error).toBeNull();
  });

  test("can be read without having been made here, without what the cluster filled in about itself", async () => {
    await bed.cluster.call("POST", `/api/v1/namespaces/${NAMESPACE}/configmaps`, { body: configMap("foreign") });
    const { response } = await read(configMap("foreign"), "foreign");
    expect(response?.inputs).toEqual(configMap("foreign"));
    expect(response?.properties).toMatchObject({ data: { x: "1" }, metadata: { uid: expect.any(String) } });
  });

  test("that is there already is not overwritten, and a preview doesn't mind", async () => {
    await bed.cluster.call("POST", `/api/v1/namespaces/${NAMESPACE}/configmaps`, { body: configMap("taken") });
    const wish = configMap("taken", { data: { x: "2" } });
    expect((await create(wish)).error).toMatch(/not successfully created .*configmaps "taken" already exists/);
    expect(stateOf(await create(wish, { preview: true }))).toEqual(wish);
  });

  test("whose namespace comes a little later is created then", TIMEOUT, async () => {
    const late = `${NAMESPACE}-late`;
    const inputs = configMap("early", { metadata: { name: "early", namespace: late } });
    const created = create(inputs);
    await new Promise((soon) => setTimeout(soon, 500));
    const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: late } };
    await bed.cluster.call("POST", "/api/v1/namespaces", { body });
    expect((await created).error).toBeNull();
    await bed.removed(`/api/v1/namespaces/${late}`);
  });

  test("loses no field to another manager without a word: a conflict fails the update, which is recorded", async () => {
    const inputs = configMap("shared", { data: { mine: "1" } });
    const created = stateOf(await create(inputs));
    await bed.cluster.call("PATCH", `/api/v1/namespaces/${NAMESPACE}/configmaps/shared`, {
      query: { fieldManager: "somebody" },
      contentType: "application/apply-patch+yaml",
      body: configMap("shared", { data: { theirs: "1" } }),
    });
    const update = (news: Json, ignoreChanges: string[] = []) =>
      plugin.call("Update", { urn: urnOf(news), id: `${NAMESPACE}/shared`, olds: created, news, ignoreChanges });
    const wish = configMap("shared", { data: { mine: "2", theirs: "2" } });
    const refused = await update(wish);
    expect(refused.error).toMatch(/conflict with "somebody": \.data\.theirs/);
    expect(refused.halfMade?.properties).toMatchObject({ data: { mine: "1", theirs: "1" }, __inputs: wish });
    const done = await update(wish, ["data.theirs"]);
    expect(stateOf(done)).toMatchObject({ data: { mine: "2", theirs: "1" }, __inputs: { data: { mine: "2" } } });
    const forced = { ...wish, metadata: metadata("shared", { annotations: { "pulumi.com/patchForce": "true" } }) };
    expect(stateOf(await update(forced))).toMatchObject({ data: { mine: "2", theirs: "2" } });
  });

  test("that Kubernetes refuses is refused in preview, in Kubernetes' words", async () => {
    const inputs = { apiVersion: "v1", kind: "Service", metadata: metadata("bad"), spec: { ports: [{ port: 99999 }] } };
    const answer = await create(inputs, { preview: true });
    expect(answer.error).toMatch(/Service "bad" is invalid: \[spec.ports\[0\].port: Invalid value: 99999/);
  });

  test("has the default namespace of the provider, whose kubeconfig may be given as text", async () => {
    const other = await startKubernetes();
    try {
      const args = { kubeconfig: readFileSync(bed.kubeconfig, "utf8"), namespace: NAMESPACE };
      expect((await other.call("Configure", { args })).error).toBeNull();
      const inputs = configMap("unplaced", { metadata: { name: "unplaced" } });
      const checked = await other.call("Check", { urn: urnOf(inputs), news: inputs });
      expect(checked.response?.inputs.metadata).toEqual(metadata("unplaced"));
      const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "n" } };
      const wide = await other.call("Check", { urn: urnOf(namespace), news: namespace });
      expect(wide.response?.inputs).toEqual(namespace);
    } finally {
      await other.stop();
    }
  });

  test("of a kind that the cluster doesn't have is previewed as it is", async () => {
    const inputs = { apiVersion: "shop.example/v1", kind: "Till", metadata: metadata("till") };
    expect(stateOf(await create(inputs, { preview: true }))).toEqual(inputs);
  });
});
