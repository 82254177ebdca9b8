import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Json, type PluginUnderTest, startPlugin } from "./plugin-under-test.ts";

const urn = (type: string, name = "web") => `urn:pulumi:dev::app::${type}::${name}`;
const CONTAINER = "docker:index/container:Container";
const NETWORK = "docker:index/network:Network";
const VOLUME = "docker:index/volume:Volume";
const COMMAND = "command:local:Command";
const seed = Buffer.from("a seed of the engine's").toString("base64");

describe("the docker stand-in", () => {
  let plugin: PluginUnderTest;
  beforeAll(async () => {
    plugin = await startPlugin("docker");
  });
  afterAll(() => plugin.stop());

  const check = async (type: string, news: Json, olds: Json = {}, randomSeed = seed) => {
    const answer = await plugin.call("Check", { urn: urn(type), news, olds, randomSeed });
    return answer.response as Json;
  };

  test.each([
    [CONTAINER, { image: "app" }],
    [NETWORK, {}],
    [VOLUME, {}],
  ])("names a %s after its resource, with 7 hex digits from the seed", async (type, news) => {
    const { inputs } = await check(type, news);
    expect(inputs.name).toMatch(/^web-[0-9a-f]{7}$/);
    expect(inputs.__defaults).toContain("name");
    expect((await check(type, news)).inputs.name).toBe(inputs.name);
    const other = await check(type, news, {}, Buffer.from("another").toString("base64"));
    expect(other.inputs.name).not.toBe(inputs.name);
  });

  test("keeps a name it has chosen, and drops one that was given when it is taken out", async () => {
    const olds = { __defaults: ["name"], name: "web-0000000" };
    expect((await check(NETWORK, {}, olds)).inputs).toMatchObject({ name: "web-0000000" });
    const given = await check(NETWORK, {}, { __defaults: [], name: "by-hand" });
    expect(given.inputs.name).toMatch(/^web-[0-9a-f]{7}$/);
  });

  test("deletes first only what cannot stand beside its replacement", async () => {
    const diff = async (type: string, news: Json, olds: Json) =>
      (await plugin.call("Diff", { urn: urn(type), id: "x", olds, news })).response?.deleteBeforeReplace ?? false;
    const changed = { driver: "overlay", name: "n" };
    expect(await diff(NETWORK, { ...changed, __defaults: [] }, { driver: "bridge", name: "n" })).toBe(true);
    expect(await diff(NETWORK, { ...changed, __defaults: ["name"] }, { driver: "bridge", name: "n" })).toBe(false);
    const auto = { __defaults: ["name"], name: "n", image: "b" };
    expect(await diff(CONTAINER, auto, { name: "n", image: "a" })).toBe(true);
  });

  test("leaves ignored changes out of a difference", async () => {
    const request = { urn: urn(CONTAINER), id: "x", olds: { image: "a", memory: 1 }, news: { image: "b", memory: 2 } };
    const { response } = await plugin.call("Diff", { ...request, ignoreChanges: ["image"] });
    expect(response?.diffs).toEqual(["memory"]);
    expect(response?.replaces).toBeUndefined();
  });

  test.each([
    ["a property by its name", ["cpus"], undefined],
    ["what lies below a path", ["cpus", "healthcheck", "logOpts"], undefined],
    ["no wildcard, which only the engine knows", ["*"], ["cpus"]],
  ])("ignores changes of %s", async (_what, ignoreChanges, replaces) => {
    const olds = { image: "a", cpus: "1.0", logOpts: { "max-size": "1m" }, healthcheck: { tests: ["x"] } };
    const news = {
      ...olds,
      cpus: "1",
      ...(ignoreChanges.length > 1 ? { logOpts: {}, healthcheck: { tests: [] } } : {}),
    };
    const { response } = await plugin.call("Diff", { urn: urn(CONTAINER), id: "x", olds, news, ignoreChanges });
    expect(response?.replaces).toEqual(replaces);
    expect(response?.deleteBeforeReplace).toBe(replaces && true);
  });

  test.each([
    ["logOpts.max-size", "DIFF_NONE"],
    ['logOpts["max-size"]', "DIFF_SOME"],
    ["labels[0]", "DIFF_NONE"],
    ["labels[*]", "DIFF_SOME"],
  ])("compares the path %s by its text", async (path, changes) => {
    const olds = { image: "a", logOpts: { "max-size": "1m" }, labels: [{ label: "a", value: "1" }] };
    const news = path.startsWith("log")
      ? { ...olds, logOpts: { "max-size": "2m" } }
      : { ...olds, labels: [{ label: "a", value: "2" }] };
    const request = { urn: urn(CONTAINER), id: "x", olds, news, ignoreChanges: [path] };
    expect((await plugin.call("Diff", request)).response?.changes).toBe(changes);
  });

  test("keeps in the record what an update ignores", async () => {
    const olds = { image: "a", cpus: "1.0", destroyGraceSeconds: 1 };
    const news = { image: "a", cpus: "1", destroyGraceSeconds: 2 };
    const request = { urn: urn(CONTAINER), id: "x", olds, news, ignoreChanges: ["cpus"], preview: true };
    const { response } = await plugin.call("Update", request);
    expect(response?.properties).toMatchObject({ cpus: "1.0", destroyGraceSeconds: 2 });
  });

  test("refuses a property it doesn't know, naming it and the ones it knows", async () => {
    const { failures } = await check(CONTAINER, { image: "app", gpus: "all", ports: [{ internal: 1, color: "blue" }] });
    expect(failures.map((failure: Json) => failure.property)).toEqual(["gpus", "ports[0].color"]);
    expect(failures[0].reason).toMatch(
      /no property "gpus" of docker:index\/container:Container; it has .*networksAdvanced/,
    );
  });

  test("refuses values of the wrong type and misses required ones, all together", async () => {
    const { failures } = await check(CONTAINER, { memory: "64", networksAdvanced: [{ aliases: ["web"] }] });
    expect(failures).toEqual([
      { property: "memory", reason: '"memory" must be a number' },
      { property: "networksAdvanced[0].name", reason: '"networksAdvanced[0].name" is missing' },
      { property: "image", reason: '"image" is missing' },
    ]);
  });

  test("takes unknown values wherever they stand", async () => {
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    const news = { image: unknown, memory: unknown, ports: unknown, networksAdvanced: [{ name: unknown }, unknown] };
    expect((await check(CONTAINER, news)).failures).toBeUndefined();
  });

  test("refuses other resource types, provider options and functions", async () => {
    const service = await plugin.call("Create", { urn: urn("docker:index/service:Service"), properties: {} });
    expect(service.error).toMatch(/no resource type "docker:index\/service:Service"; it has docker:index\/container/);
    const config = { urn: urn("pulumi:providers:docker"), news: { host: "unix:///x", context: "remote" } };
    const { response } = await plugin.call("CheckConfig", config);
    expect(response?.failures).toEqual([{ property: "context", reason: expect.stringContaining('"context"') }]);
  });

  test("says which host it cannot connect to", async () => {
    await plugin.call("Configure", { args: { host: "npipe:////./pipe/docker" } });
    const { error } = await plugin.call("Create", { urn: urn(VOLUME), properties: { name: "v" } });
    expect(error).toContain("it must begin with unix://, tcp:// or ssh://");
  });
});

describe("the command stand-in", () => {
  let plugin: PluginUnderTest;
  beforeAll(async () => {
    plugin = await startPlugin("command");
  });
  afterAll(() => plugin.stop());

  const secret = (value: unknown) => ({
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    value,
  });
  const create = (properties: Json, timeout = 0) => plugin.call("Create", { urn: urn(COMMAND), properties, timeout });

  test("refuses properties and types it doesn't know", async () => {
    const news = { create: "true", assetPaths: ["*"], logging: "loud" };
    const { response } = await plugin.call("Check", { urn: urn(COMMAND), news });
    expect(response?.failures).toEqual([
      { property: "assetPaths", reason: expect.stringContaining('no property "assetPaths"') },
      { property: "logging", reason: '"logging" must be one of none, stdout, stderr, stdoutAndStderr' },
    ]);
    const { error } = await plugin.call("Create", { urn: urn("command:remote:Command"), properties: {} });
    expect(error).toContain('no resource type "command:remote:Command"');
  });

  test("keeps a secret secret, but not what the command prints of it", async () => {
    const { response } = await create({ create: "echo $A", environment: { A: secret("s3") } });
    expect(response?.properties).toEqual({
      create: "echo $A",
      environment: { A: secret("s3") },
      stdout: "s3",
      stderr: "",
    });
  });

  test("shows no earlier output to a command that doesn't want it", async () => {
    const olds = { create: "echo old", stdout: "old", stderr: "" };
    const news = { create: 'echo "[$PULUMI_COMMAND_STDOUT]"' };
    const update = (more: Json) =>
      plugin.call("Update", { urn: urn(COMMAND), id: "c1", olds, news: { ...news, ...more } });
    expect((await update({})).response?.properties.stdout).toBe("[old]");
    expect((await update({ addPreviousOutputInEnv: false })).response?.properties.stdout).toBe("[]");
  });

  test("refuses to show a line on which the official plugin would hang", async () => {
    const long = "head -c 70000 /dev/zero | tr '\\0' x";
    expect((await create({ create: long })).error).toContain("longer than 65536 bytes");
    const { response } = await create({ create: long, logging: "none" });
    expect(response?.properties.stdout).toHaveLength(70_000);
  });

  test("kills only the shell at its deadline and waits for what holds its output", async () => {
    const begun = performance.now();
    expect((await create({ create: "sleep 2 & wait" }, 1)).error).toContain("signal: killed");
    expect(performance.now() - begun).toBeGreaterThan(1900);
  });

  test("leaves at once on SIGINT when idle", async () => {
    const idle = await startPlugin("command");
    const begun = performance.now();
    await idle.stop();
    expect(performance.now() - begun).toBeLessThan(500);
    expect(idle.process.exitCode).toBe(0);
  });
});
