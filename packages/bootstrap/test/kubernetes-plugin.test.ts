import { existsSync } from "node:fs";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bootstrap, executable, temporaryFolder } from "./fixture.ts";

const { installPlugins } = await bootstrap("pulumi-plugins");
const { kubernetesPluginVersion } = await bootstrap("kubernetes-plugin");
const version: string = kubernetesPluginVersion();

/** A machine without a language host, and a `go` that notes its arguments and builds what it is asked for. */
async function machine() {
  const folder = await temporaryFolder();
  const at = (...path: string[]) => join(folder, ...path);
  const sources = at("module", "cmd", "pulumi-resource-kubernetes");
  await mkdir(sources, { recursive: true });
  for (const name of ["schema.json", "terraform-mapping.json"]) await writeFile(join(sources, name), name);
  // Components that the plugin is built without.
  for (const name of ["helm/v4", "kustomize/v2", "yaml/v2"]) {
    const component = at("module", "pkg", "provider", name);
    await mkdir(component, { recursive: true });
    await writeFile(join(component, "component.go"), "imports the Go SDK");
  }
  await executable(
    at("bin", "go"),
    `echo "$*" >> "${at("asked")}"
case "$1 $2" in
  "mod download") echo '{"Dir": "${at("module")}"}' ;;
  "build -trimpath") [ -f schema.json ] && [ -f terraform-mapping.json ] && cat main.go > "$6"; grep -rh -e SDK -e "^func New" module >> "$6" ;;
esac`,
  );
  const cli = await executable(at("pulumi"), "exit 0");
  const progress = { say() {}, phase: (_title: string, work: (phase: object) => unknown) => work({ title() {} }) };
  return {
    plugin: at("home", "plugins", `resource-kubernetes-v${version}`, "pulumi-resource-kubernetes"),
    asked: async () => (existsSync(at("asked")) ? (await readFile(at("asked"), "utf8")).trim().split("\n") : []),
    install: (cluster: boolean) =>
      installPlugins({
        engine: { kind: "build", cli, version: "3.255.0", languageHost: false },
        bin: at("engine"),
        pulumiHome: at("home"),
        cache: at("cache"),
        progress,
        env: { PATH: `${at("bin")}:/usr/bin:/bin` },
        cluster,
      }) as Promise<{ info: string; standIns: boolean }>,
  };
}

describe("where nothing official can be downloaded, the Kubernetes plugin", () => {
  test("is built from its Go module as the version that the SDK asks for, once, and said", async () => {
    const { install, plugin, asked } = await machine();
    const { info, standIns } = await install(true);
    expect(info).toContain(`kubernetes ${version} built from Go modules`);
    expect(standIns).toBe(true);
    const program = await readFile(plugin, "utf8");
    expect(program).toContain('provider.Serve("kubernetes"');
    expect(program).toContain("func NewChartProvider");
    expect(program).not.toContain("imports the Go SDK");
    const calls = await asked();
    expect(calls.find((call) => call.startsWith("build"))).toContain(`/pkg/version.Version=${version} `);
    await install(true);
    expect(await asked()).toEqual(calls);
  });

  test("is no copy of what the cache has", async () => {
    const { install, plugin } = await machine();
    await install(true);
    expect((await stat(plugin)).nlink).toBe(2);
  });

  test("is not built for runs that need no cluster", async () => {
    const { install, plugin, asked } = await machine();
    const { info } = await install(false);
    expect(info).not.toContain("kubernetes");
    expect(existsSync(plugin)).toBe(false);
    expect(await asked()).toEqual([]);
  });
});
