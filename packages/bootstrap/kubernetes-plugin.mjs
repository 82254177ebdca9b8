// Pulumi's official Kubernetes plugin, built once from its Go module where the official binary cannot be downloaded.
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildBeside, copyModule, downloadModule, goStep, requireGo } from "./go.mjs";
import { withLock } from "./lock.mjs";
import { modules, root } from "./paths.mjs";

const module = "github.com/pulumi/pulumi-kubernetes/provider/v4";
/** The newest that the module proxy serves. */
const moduleVersion = "v4.0.0-20260115033456-f47bc2d6f199";
const own = join(root, "packages/bootstrap/kubernetes-plugin");
const source = join(own, "main.go");
const leftOut = (name) => join(own, "left-out", `${name}.go`);
/** Components that are written with its Go SDK, which would take most of the time to compile. */
const instead = {
  "pkg/provider/helm/v4": leftOut("helm"),
  "pkg/provider/kustomize/v2": leftOut("kustomize"),
  "pkg/provider/yaml/v2": leftOut("yaml"),
};

/** The version that the SDK asks the engine for. */
export function kubernetesPluginVersion() {
  return JSON.parse(readFileSync(join(modules, "@pulumi/kubernetes/package.json"), "utf8")).version;
}

/** @returns {Promise<string>} the plugin, in the cache; it says that it is `version` */
export async function ensureKubernetesPlugin({ cache, version, progress, env = process.env }) {
  const hash = createHash("sha256").update(moduleVersion);
  for (const file of [source, ...Object.values(instead)]) hash.update(readFileSync(file));
  const name = `pulumi-kubernetes-${version}-${hash.digest("hex").slice(0, 12)}`;
  const target = join(cache, name, "pulumi-resource-kubernetes");
  if (existsSync(target)) return target;
  const title = `Pulumi's Kubernetes plugin ${version}: building from Go modules (about 4 min, once)`;
  await progress.phase(title, (phase) =>
    withLock(`${dirname(target)}.lock`, () => (existsSync(target) ? undefined : build({ target, version, env })), {
      onWait: (pid) => phase.title(`${title}, process ${pid} does it`),
    }),
  );
  return target;
}

async function build({ target, version, env }) {
  const go = requireGo(env, "Pulumi's Kubernetes plugin");
  await buildBeside(target, async (folder, output) => {
    copyFileSync(source, join(folder, "main.go"));
    const { Dir } = await downloadModule(go, `${module}@${moduleVersion}`, folder, env);
    for (const name of ["schema.json", "terraform-mapping.json"]) {
      // The module cache's files can't be written, and a copy would inherit that.
      writeFileSync(join(folder, name), readFileSync(join(Dir, "cmd/pulumi-resource-kubernetes", name)));
    }
    await copyModule(Dir, join(folder, "module"), instead, env);
    await goStep(go, ["mod", "init", "build"], folder, env);
    await goStep(go, ["mod", "edit", "-replace", `${module}=./module`], folder, env);
    await goStep(go, ["get", `${module}/pkg/provider@${moduleVersion}`], folder, env);
    const ldflags = `-s -w -X ${module}/pkg/version.Version=${version}`;
    await goStep(go, ["build", "-trimpath", "-ldflags", ldflags, "-o", output, "."], folder, env);
  });
}
