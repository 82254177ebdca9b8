import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildAppImage, dockerForTests, removeAll } from "./docker-bed.ts";
import { type Json, type PluginUnderTest, startPlugin } from "./plugin-under-test.ts";

const docker = dockerForTests();
const mine = {
  containers: ["plugin-test-web"],
  networks: ["plugin-test-a", "plugin-test-b"],
  volumes: ["plugin-test-data"],
};
const urn = "urn:pulumi:dev::app::docker:index/container:Container::web";

describe("a container of the docker stand-in", () => {
  let plugin: PluginUnderTest;
  beforeAll(async () => {
    await removeAll(docker, mine);
    await buildAppImage(docker);
    for (const Name of mine.networks) await docker.createNetwork({ Name });
    plugin = await startPlugin("docker");
  }, 120_000);
  afterAll(async () => {
    await plugin.stop();
    await removeAll(docker, mine);
  });

  /** Check and Create, as the engine would; the container is removed when `look` is done. */
  async function withContainer(news: Json, look: (properties: Json, error: string | null) => Promise<void> | void) {
    const given = { name: "plugin-test-web", image: "localhost/app:3", ...news };
    const checked = await plugin.call("Check", { urn, news: given });
    expect(checked.response?.failures).toBeUndefined();
    const created = await plugin.call("Create", { urn, properties: checked.response?.inputs });
    const id = created.response?.id ?? created.halfMade?.id;
    const properties = created.response?.properties ?? created.halfMade?.properties ?? {};
    try {
      await look(properties, created.error);
    } finally {
      if (id) expect((await plugin.call("Delete", { urn, id, properties })).error).toBeNull();
    }
    await expect(docker.getContainer("plugin-test-web").inspect()).rejects.toThrow(/no such container/i);
  }
  const inspect = () => docker.getContainer("plugin-test-web").inspect();

  test("is in exactly the networks it names, under its aliases", { timeout: 20_000 }, async () => {
    const networksAdvanced = mine.networks.map((name) => ({ name, aliases: [`web-${name}`] }));
    await withContainer({ networksAdvanced }, async (properties) => {
      const { Networks } = (await inspect()).NetworkSettings;
      expect(Object.keys(Networks).sort()).toEqual(mine.networks);
      expect(Networks["plugin-test-a"]).toMatchObject({ Aliases: expect.arrayContaining(["web-plugin-test-a"]) });
      expect(properties.networkDatas.map((data: Json) => data.networkName)).toEqual(mine.networks);
    });
  });

  test("gets all its settings and files before it starts", { timeout: 20_000 }, async () => {
    const news = {
      networkMode: "none",
      envs: ["VERSION=7"],
      user: "1000",
      workingDir: "/tmp",
      hostname: "shop",
      restart: "on-failure",
      maxRetryCount: 3,
      memory: 64,
      memorySwap: 64,
      cpuShares: 512,
      shmSize: 32,
      init: true,
      stopSignal: "SIGINT",
      stopTimeout: 3,
      readOnly: true,
      tmpfs: { "/tmp": "size=1m" },
      capabilities: { drops: ["ALL"], adds: ["NET_BIND_SERVICE"] },
      securityOpts: ["no-new-privileges"],
      ulimits: [{ name: "nofile", soft: 100, hard: 200 }],
      hosts: [{ host: "db", ip: "10.0.0.9" }],
      dns: ["10.0.0.53"],
      logDriver: "json-file",
      logOpts: { "max-size": "1m" },
      volumes: [{ volumeName: "plugin-test-data", containerPath: "/data", readOnly: true }],
      healthcheck: { tests: ["CMD", "/app"], interval: "1m30s", retries: 2 },
      labels: [{ label: "bluegreen.color", value: "green" }],
      destroyGraceSeconds: 1,
    };
    await withContainer(news, async (_properties, error) => {
      expect(error).toBeNull();
      const { Config, HostConfig, Mounts } = await inspect();
      expect(Config).toMatchObject({
        User: "1000",
        WorkingDir: "/tmp",
        Hostname: "shop",
        StopSignal: "SIGINT",
        StopTimeout: 3,
        Labels: { "bluegreen.color": "green" },
        Healthcheck: { Test: ["CMD", "/app"], Interval: 90_000_000_000, Retries: 2 },
      });
      expect(HostConfig).toMatchObject({
        RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
        Memory: 64 * 1024 * 1024,
        MemorySwap: 64 * 1024 * 1024,
        CpuShares: 512,
        ShmSize: 32 * 1024 * 1024,
        Init: true,
        ReadonlyRootfs: true,
        Tmpfs: { "/tmp": "size=1m" },
        CapDrop: ["ALL"],
        CapAdd: ["CAP_NET_BIND_SERVICE"],
        SecurityOpt: ["no-new-privileges"],
        Ulimits: [{ Name: "nofile", Soft: 100, Hard: 200 }],
        ExtraHosts: ["db:10.0.0.9"],
        Dns: ["10.0.0.53"],
        LogConfig: { Type: "json-file", Config: { "max-size": "1m" } },
      });
      expect(Mounts).toMatchObject([{ Type: "volume", Name: "plugin-test-data", Destination: "/data", RW: false }]);
    });
  });

  test("finds its uploads, text and binary, in place", { timeout: 20_000 }, async () => {
    const uploads = [
      { file: "/etc/app/hello.txt", content: "hello\n" },
      { file: "/bin/tool", contentBase64: Buffer.from([0, 1, 255]).toString("base64"), executable: true },
    ];
    await withContainer({ uploads, networkMode: "none" }, async (_properties, error) => {
      expect(error).toBeNull();
      const archived = async (path: string) => {
        const stream = await docker.getContainer("plugin-test-web").getArchive({ path });
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk as Buffer);
        return Buffer.concat(chunks);
      };
      expect((await archived("/etc/app/hello.txt")).subarray(512, 518).toString()).toBe("hello\n");
      const tool = await archived("/bin/tool");
      expect([...tool.subarray(512, 515)]).toEqual([0, 1, 255]);
      expect(tool.subarray(100, 107).toString()).toContain("744");
    });
  });

  test("that crashes at once is recorded as half made", { timeout: 20_000 }, async () => {
    const news = { networkMode: "none", command: ["-none"], envs: ["CRASH_AFTER=1ms"], start: true };
    await withContainer(news, async (properties, error) => {
      // Whether it is seen running first is a race, which the official plugin has as well.
      if (error) expect(error).toMatch(/exited after creation, exit code was: 1/);
      expect(properties.name).toBe("plugin-test-web");
    });
  });

  test("that never gets healthy fails when its waiting time is over, not before", { timeout: 20_000 }, async () => {
    const healthcheck = { tests: ["CMD", "/none"], interval: "200ms", retries: 1 };
    const begun = performance.now();
    await withContainer({ networkMode: "none", wait: true, waitTimeout: 2, healthcheck }, (_properties, error) => {
      expect(error).toMatch(/container failed to be in healthy state/);
      expect(performance.now() - begun).toBeGreaterThan(2000);
    });
  });
});
