import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { containersWith, freePort, inventory, logsOf, removeAllWith } from "../../src/docker/engine.ts";
import { createProject, descendants, type Project, type Stack } from "../../src/engine/pulumi.ts";

// The harness that every other test relies on: real engine, real Docker, one small program.
const minutes = 60_000;
const labels = { "bluegreen.test": `harness-${process.pid}` };

const program = `
import * as docker from "@pulumi/docker";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const port: number = config.requireNumber("port");
const shop = new docker.Container("shop", {
  name: "harness-" + port,
  image: process.env.BLUEGREEN_APP_IMAGE + ":1.0.0",
  envs: ["BLUEGREEN_COLOR=blue"],
  ports: [{ internal: 8080, external: port, ip: "127.0.0.1" }],
  labels: [{ label: "bluegreen.test", value: ${JSON.stringify(labels["bluegreen.test"])} }],
});
new command.local.Command("slow", { create: "sleep " + (config.get("sleep") ?? "0"), triggers: [config.get("sleep")] });
export const url = pulumi.interpolate\`http://127.0.0.1:\${port}/?\${shop.id}\`;
export const hidden = config.getSecret("hidden");
`;

describe("the engine harness", { timeout: 2 * minutes }, () => {
  let project: Project;
  let stack: Stack;

  beforeAll(async () => {
    project = await createProject({ name: "harness", program });
    stack = await project.stack("dev");
    await stack.config("port", `${await freePort()}`);
    await stack.config("hidden", "s3cret", { secret: true });
  }, minutes);

  afterAll(async () => {
    await project?.remove();
    await removeAllWith(labels);
  }, minutes);

  test("previews without touching anything, then brings the container up", async () => {
    const preview = (await stack.preview({ diff: true })).orThrow();
    expect(preview.output).toContain("docker:index/container:Container: (create)");
    expect(await containersWith(labels)).toHaveLength(0);

    const up = (await stack.up()).orThrow();
    expect(up.output).toMatch(/\+ 3 created/);
    const { url } = (await stack.outputs()) as { url: string };
    await expect.poll(async () => (await fetch(url)).status, { timeout: 10_000 }).toBe(200);
    expect((await stack.resource("shop", "docker:index/container:Container")).id).toMatch(/^[0-9a-f]{64}$/);
    expect(await logsOf((await inventory(labels)).containers[0]!)).not.toBe("");
  });

  test("shows secrets only when asked", async () => {
    expect(await stack.outputs()).toMatchObject({ hidden: "[secret]" });
    expect(await stack.outputs({ showSecrets: true })).toMatchObject({ hidden: "s3cret" });
    expect(JSON.stringify(await stack.export())).not.toContain("s3cret");
  });

  test("gives back how a command failed, and throws only when asked", async () => {
    const failed = await stack.run(["config", "get", "nonsense"]);
    expect(failed.exit).not.toBe(0);
    expect(() => failed.orThrow()).toThrow(/config get nonsense.*ended with/s);
  });

  test("kills the CLI alone or with its plugins; after a cancel the stack is usable again", async () => {
    await stack.config("sleep", "60");
    const running = stack.start("up");
    await running.waitForOutput(/command:local:Command slow/);
    const plugins = descendants(running.pid);
    expect(plugins.length).toBeGreaterThan(1);
    // The engine's file backend writes a checkpoint as an operation begins; killed in the middle of that, it is empty.
    await sleep(1_000);
    running.kill("SIGKILL", { tree: true });
    expect(await running.result).toMatchObject({ exit: -1, signal: "SIGKILL" });
    await expect.poll(() => plugins.filter((pid) => existsSync(`/proc/${pid}`)), { timeout: 5_000 }).toEqual([]);

    expect((await stack.up()).output).toContain("currently locked");
    await stack.config("sleep", "0");
    await stack.cancel();
    (await stack.up()).orThrow();
  });

  test("reports output that never comes as soon as the command has ended", async () => {
    const running = stack.start("preview");
    await expect(running.waitForOutput(/no such line/)).rejects.toThrow("before the command ended");
  });

  test("renames, and leaves nothing behind after destroy", async () => {
    await stack.rename("renamed");
    expect((await stack.preview()).orThrow().output).toContain("3 unchanged");
    (await stack.destroy()).orThrow();
    await stack.remove();
    expect(await inventory(labels)).toEqual({ containers: [], networks: [], volumes: [] });
  });
});
