import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UNKNOWN } from "../../src/plugins/property-values.ts";
import { readKubernetesTranscript, replayOf, startKubernetes, TRANSCRIPTS } from "./kubernetes-transcripts.ts";
import type { Json, PluginUnderTest } from "./plugin-under-test.ts";

/** Calls that the official plugin answers from their requests alone. */
const WITHOUT_CLUSTER = ["Handshake", "GetPluginInfo", "CheckConfig", "DiffConfig", "Check", "Diff"];

const urn = (type: string, name = "web") => `urn:pulumi:dev::app::kubernetes:${type}::${name}`;
const PROVIDER = "urn:pulumi:dev::app::pulumi:providers:kubernetes::p";
const seed = Buffer.from("a seed of the engine's").toString("base64");

describe("without a cluster, the kubernetes stand-in", () => {
  let plugin: PluginUnderTest;
  beforeAll(async () => {
    plugin = await startKubernetes();
  });
  afterAll(() => plugin.stop());

  for (const transcript of TRANSCRIPTS) {
    for (const { label, calls } of readKubernetesTranscript(transcript, "rec")) {
      test(`checks and compares like the official plugin: ${transcript}, ${label}`, () =>
        replayOf(plugin).run({ label, calls: calls.filter(({ method }) => WITHOUT_CLUSTER.includes(method)) }));
    }
  }

  const check = async (type: string, news: Json, olds: Json = {}, randomSeed = seed) =>
    (await plugin.call("Check", { urn: urn(type), news, olds, randomSeed })).response as Json;
  const configMap = (metadata: Json) => ({ apiVersion: "v1", kind: "ConfigMap", metadata });

  test("names an object after its resource, with 8 hex digits from the seed, and marks it", async () => {
    const { inputs } = await check("core/v1:ConfigMap", configMap({}));
    expect(inputs.metadata.name).toMatch(/^web-[0-9a-f]{8}$/);
    expect(inputs.metadata.annotations).toEqual({ "pulumi.com/autonamed": "true" });
    const again = await check("core/v1:ConfigMap", configMap({ labels: { a: "b" } }), inputs, "b3RoZXI=");
    expect(again.inputs.metadata).toMatchObject({ ...inputs.metadata, labels: { a: "b" } });
    const other = await check("core/v1:ConfigMap", configMap({}), {}, "b3RoZXI=");
    expect(other.inputs.metadata.name).not.toBe(inputs.metadata.name);
  });

  const live = (inputs: Json, more: Json = {}) => ({ ...inputs, ...more, __inputs: inputs });
  const diff = async (type: string, olds: Json, news: Json, ignoreChanges: string[] = []) =>
    (await plugin.call("Diff", { urn: urn(type), id: "x", olds, news, ignoreChanges })).response as Json;

  test("lets a replacement stand beside an object only if it named that itself", async () => {
    const named = { ...configMap({ name: "web", namespace: "shop" }), data: { x: "1" } };
    const auto = structuredClone(named) as Json;
    auto.metadata.annotations = { "pulumi.com/autonamed": "true" };
    const changed = { data: { x: "2" } };
    expect(await diff("core/v1:ConfigMap", live(named), { ...named, ...changed })).toMatchObject({
      replaces: ["data.x"],
      deleteBeforeReplace: true,
    });
    const beside = await diff("core/v1:ConfigMap", live(auto), { ...auto, ...changed });
    expect(beside.replaces).toEqual(["data.x"]);
    expect(beside.deleteBeforeReplace).toBeUndefined();
  });

  test("replaces a Job for a change anywhere in its pods, and a Pod for one in its containers", async () => {
    const pod = (image: string) => ({ containers: [{ name: "a", image }] });
    const metadata = { name: "web", namespace: "shop" };
    const job = (image: string) => ({ apiVersion: "batch/v1", kind: "Job", metadata, spec: { template: pod(image) } });
    expect(await diff("batch/v1:Job", live(job("a")), job("b"))).toMatchObject({
      detailedDiff: { "spec.template.containers[0].image": { kind: "UPDATE_REPLACE" } },
    });
    const lone = (image: string) => ({ apiVersion: "v1", kind: "Pod", metadata, spec: pod(image) });
    expect(await diff("core/v1:Pod", live(lone("a")), lone("b"))).toMatchObject({
      replaces: ["spec.containers[0].image"],
    });
  });

  test("shows drift that a refresh has seen, and no difference for what Kubernetes has filled in", async () => {
    const wish = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace: "shop", labels: {} },
      spec: {
        replicas: 2,
        paused: false,
        template: { spec: { containers: [{ resources: { limits: { cpu: "0.5" } } }] } },
      },
    };
    const seen = {
      metadata: { name: "web", namespace: "shop", uid: "u" },
      spec: {
        replicas: 3,
        revisionHistoryLimit: 10,
        template: { spec: { containers: [{ terminationMessagePath: "/x", resources: { limits: { cpu: "500m" } } }] } },
      },
    };
    const detailed = async (ignored: string[]) =>
      (await diff("apps/v1:Deployment", live(wish, seen), wish, ignored)).detailedDiff;
    expect(await detailed([])).toEqual({ "spec.replicas": { kind: "UPDATE" } });
    expect(await detailed(["spec.replicas"])).toBeUndefined();
    const { paused: _, ...spec } = wish.spec;
    expect((await diff("apps/v1:Deployment", live(wish, seen), { ...wish, spec }, ["spec.replicas"])).changes).toBe(
      "DIFF_NONE",
    );
  });

  test("quotes names with dots in the paths of a difference, and takes them so in ignoreChanges", async () => {
    const old = configMap({ name: "web", namespace: "shop", annotations: { "a.b/c": "1", d: "2" } });
    const now = configMap({ name: "web", namespace: "shop", annotations: { "a.b/c": "3", d: "2" } });
    const path = 'metadata.annotations["a.b/c"]';
    expect((await diff("core/v1:ConfigMap", live(old), now)).detailedDiff).toEqual({ [path]: { kind: "UPDATE" } });
    expect((await diff("core/v1:ConfigMap", live(old), now, [path])).detailedDiff).toBeUndefined();
  });

  test("previews what it can say without a cluster, and says in real runs that there is none", async () => {
    const properties = configMap({ name: "web", namespace: "shop" });
    const create = (preview: boolean) => plugin.call("Create", { urn: urn("core/v1:ConfigMap"), properties, preview });
    expect((await create(true)).response?.properties).toEqual(properties);
    expect((await create(false)).error).toMatch(/configured Kubernetes cluster is unreachable: .*no-such-kubeconfig/);
  });

  test.each([
    ["core/v1:ServicePatch", /no Patch resources/],
    ["core/v1:PodList", /list resources cannot be created/],
    ["helm.sh/v3:Release", /has no kubernetes:helm.sh\/v3:Release/],
  ])("refuses %s", async (type, reason) => {
    expect((await plugin.call("Check", { urn: urn(type), news: {} })).error).toMatch(reason);
  });

  test("replaces the provider, and all that is in its cluster, only for another cluster", async () => {
    const kubeconfig = (server: string, namespace = "default") =>
      JSON.stringify({
        ...{ apiVersion: "v1", kind: "Config", "current-context": "c" },
        clusters: [{ name: "k", cluster: { server } }],
        users: [{ name: "u", user: { token: "t" } }],
        contexts: [{ name: "c", context: { cluster: "k", user: "u", namespace } }],
      });
    const [here, there] = [kubeconfig("https://here:6443"), kubeconfig("https://there:6443")];
    const replaces = async (olds: Json, news: Json) => {
      const { response } = await plugin.call("DiffConfig", { urn: PROVIDER, olds, news });
      return response?.replaces ?? [];
    };
    expect(await replaces({ kubeconfig: here }, { kubeconfig: there })).toEqual(["kubeconfig"]);
    expect(await replaces({ kubeconfig: here }, { kubeconfig: kubeconfig("https://here:6443", "shop") })).toEqual([]);
    expect(await replaces({ kubeconfig: here }, { kubeconfig: here, namespace: "shop" })).toEqual([]);
    expect(await replaces({ kubeconfig: here }, { kubeconfig: UNKNOWN })).toEqual(["kubeconfig"]);
    const named = { clusterIdentifier: "a" };
    expect(await replaces({ kubeconfig: here, ...named }, { kubeconfig: there, ...named })).toEqual([]);
  });

  test("refuses provider options that it would have to ignore, and annotations of that kind", async () => {
    const news = { namespace: "shop", renderYamlToDirectory: "/tmp/x", enableServerSideApply: "false" };
    const { response } = await plugin.call("CheckConfig", { urn: PROVIDER, news });
    const failures = response?.failures as { property: string }[];
    expect(failures.map(({ property }) => property).sort()).toEqual(["enableServerSideApply", "renderYamlToDirectory"]);
    const waiting = configMap({ name: "web", annotations: { "pulumi.com/waitFor": "condition=Ready" } });
    const answer = await plugin.call("Check", { urn: urn("core/v1:ConfigMap"), news: waiting });
    expect(answer.error).toMatch(/no annotation "pulumi.com\/waitFor"/);
  });
});
