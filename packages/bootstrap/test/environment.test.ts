import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bootstrap, temporaryFolder } from "./fixture.ts";

const { childEnvironment, ensurePassphrase } = await bootstrap("environment");

describe("the passphrase", () => {
  test("is random and readable by its owner alone", async () => {
    const folder = await temporaryFolder();
    const texts = await Promise.all(["a", "b"].map((name) => readFile(ensurePassphrase(join(folder, name)), "utf8")));
    expect(new Set(texts).size).toBe(2);
    expect(texts[0]!.trim().length).toBeGreaterThanOrEqual(32);
    expect((await stat(join(folder, "a"))).mode & 0o777).toBe(0o600);
  });

  test("is never overwritten, and closed to others when somebody opened it", async () => {
    const file = join(await temporaryFolder(), "passphrase");
    await writeFile(file, "mine");
    await chmod(file, 0o644);
    ensurePassphrase(file);
    expect(await readFile(file, "utf8")).toBe("mine");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });
});

describe("the environment of children", () => {
  const base = {
    PATH: "/usr/bin:/bin",
    HOME: "/home/me",
    KUBECONFIG: "/u",
    PULUMI_ACCESS_TOKEN: "t",
    PULUMI_CONFIG_PASSPHRASE: "p",
  };
  const env = childEnvironment({
    base,
    root: "/r",
    node: "/r/node_modules/node/bin/node",
    dockerHost: "unix:///d",
    kubeconfig: "/c",
    standIns: true,
  });

  test("has Pulumi's home, state and passphrase of the project, and nothing of the user's", () => {
    expect(env).toMatchObject({
      PATH: "/r/.bluegreen/bin:/r/node_modules/node/bin:/usr/bin:/bin",
      HOME: "/home/me",
      PULUMI_HOME: "/r/.bluegreen/pulumi-home",
      PULUMI_BACKEND_URL: "file:///r/.bluegreen/state",
      PULUMI_CONFIG_PASSPHRASE_FILE: "/r/.bluegreen/passphrase",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      DOCKER_HOST: "unix:///d",
      KUBECONFIG: "/c",
    });
    expect(env).not.toHaveProperty("PULUMI_ACCESS_TOKEN");
    expect(env).not.toHaveProperty("PULUMI_CONFIG_PASSPHRASE");
  });

  test("is the same when made twice", () => {
    const again = childEnvironment({
      base: env,
      root: "/r",
      node: "/r/node_modules/node/bin/node",
      dockerHost: "unix:///d",
      kubeconfig: "/c",
      standIns: true,
    });
    expect(again).toEqual(env);
  });
});
