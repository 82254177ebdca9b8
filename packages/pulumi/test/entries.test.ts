import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const home = fileURLToPath(new URL("../dist/", import.meta.url));

/** What is loaded with these entries of the package as it is built: how many modules, and of which other packages. */
function loadedWith(...entries: string[]): { readonly modules: number; readonly packages: readonly string[] } {
  const script = `
    import { registerHooks } from "node:module";
    const seen = new Set();
    registerHooks({ load: (url, context, next) => { seen.add(url); return next(url, context); } });
    for (const entry of ${JSON.stringify(entries)}) await import(${JSON.stringify(home)} + entry);
    process.stdout.write(JSON.stringify([...seen]));
  `;
  const urls = JSON.parse(execFileSync(process.execPath, ["--input-type=module", "--eval", script]).toString());
  const names = urls.map((url: string) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]);
  return { modules: urls.length, packages: [...new Set<string>(names.filter(Boolean))] };
}

const ofDocker = ["@pulumi/docker"];
const ofKubernetes = ["@pulumi/kubernetes", "@kubernetes/client-node"];

it.each([
  ["the component", ["index.js"], [], [...ofDocker, ...ofKubernetes]],
  ["Docker", ["index.js", "checks/index.js", "docker/index.js"], ofDocker, ofKubernetes],
  ["Kubernetes", ["index.js", "checks/index.js", "kubernetes/index.js"], ["@pulumi/kubernetes"], ofDocker],
])("%s loads nothing that another platform stands on", (_what, entries, own, foreign) => {
  const { packages } = loadedWith(...entries);
  expect(packages).toEqual(expect.arrayContaining(["@pulumi/pulumi", ...own]));
  expect(packages.filter((name) => foreign.includes(name))).toEqual([]);
});

it.each([
  ["docker/platform.js", ofKubernetes],
  ["kubernetes/platform.js", ofDocker],
])("nor does what interlock, gates and cutover ask: %s", (platform, foreign) => {
  const { modules, packages } = loadedWith("provider.js", "gates/runner.js", platform);
  expect(modules).toBeGreaterThan(50);
  expect(packages.filter((name) => foreign.includes(name) || name === "zod")).toEqual([]);
});
