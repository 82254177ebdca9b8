// The programs of the bed's Kubernetes node, built once from Go modules: one binary, and the pause program of its pods.
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { buildBeside, buildGoSource, downloadModule, goStep, requireGo } from "./go.mjs";
import { withLock } from "./lock.mjs";
import { root } from "./paths.mjs";

export const kubernetesVersion = "1.34.4";
/** What Kubernetes 1.34 itself is built with; the CoreDNS that speaks the same client library. */
const modules = {
  "k8s.io/kubernetes": `v${kubernetesVersion}`,
  "github.com/coredns/coredns": "v1.12.4",
};
const sources = join(root, "packages/bootstrap/kubernetes-bed");

/** @returns {Promise<{ bed: string, kubectl: string, pause: string }>} files in the cache */
export async function ensureClusterBinaries({ cache, progress, env = process.env }) {
  const folder = join(cache, `kubernetes-${kubernetesVersion}-${sourceHash()}`);
  const made = { bed: join(folder, "bed"), kubectl: join(folder, "kubectl"), pause: join(folder, "pause") };
  // The link comes last: with it everything is there.
  if (existsSync(made.kubectl)) return made;
  const title = `Kubernetes ${kubernetesVersion}: building from Go modules (about 4 min, once)`;
  await progress.phase(title, (phase) =>
    withLock(
      `${folder}.lock`,
      async () => {
        if (existsSync(made.kubectl)) return;
        await buildBed({ target: made.bed, env, phase, title });
        await buildGoSource({ folder: join(sources, "pause"), target: made.pause, env });
        symlinkSync("bed", made.kubectl);
      },
      { onWait: (pid) => phase.title(`${title}, process ${pid} does it`) },
    ),
  );
  return made;
}

async function buildBed({ target, env, phase, title }) {
  const go = requireGo(env, "the bed's Kubernetes");
  await buildBeside(target, async (folder, output) => {
    for (const name of goFiles(sources)) copyFileSync(join(sources, name), join(folder, name));
    phase.title(`${title}: modules`);
    await goStep(go, ["mod", "init", "bed"], folder, env);
    await goStep(go, ["mod", "edit", ...(await requirements(go, env, folder))], folder, env);
    await goStep(go, ["mod", "tidy"], folder, env);
    phase.title(`${title}: compiling`);
    await goStep(go, ["build", "-trimpath", "-ldflags", ldflags(), "-o", output, "."], folder, env);
  });
}

/** Kubernetes takes its own parts from `./staging`; to everybody else they are modules of the same minor version. */
async function requirements(go, env, folder) {
  const kubernetes = `k8s.io/kubernetes@${modules["k8s.io/kubernetes"]}`;
  const goMod = readFileSync((await downloadModule(go, kubernetes, folder, env)).GoMod, "utf8");
  return [
    ...Object.entries(modules).map(([path, version]) => `-require=${path}@${version}`),
    ...stagingModules(goMod).map((path) => `-replace=${path}=${path}@v0${kubernetesVersion.slice(1)}`),
  ];
}

/** The paths of `k8s.io/api => ./staging/src/k8s.io/api` and its like. */
export function stagingModules(goMod) {
  return [...goMod.matchAll(/^\s*(?:replace )?(\S+) => \.\/staging\//gm)].map((match) => match[1]);
}

function ldflags() {
  const version = "k8s.io/component-base/version";
  const [major, minor] = kubernetesVersion.split(".");
  const values = { gitVersion: `v${kubernetesVersion}`, gitMajor: major, gitMinor: minor, gitTreeState: "clean" };
  return `-s -w ${Object.entries(values)
    .map(([name, value]) => `-X ${version}.${name}=${value}`)
    .join(" ")}`;
}

/** Checkouts with different sources share the cache without building in turns. */
function sourceHash() {
  const hash = createHash("sha256").update(JSON.stringify(modules));
  for (const folder of [sources, join(sources, "pause")]) {
    for (const name of goFiles(folder)) hash.update(name).update(readFileSync(join(folder, name)));
  }
  return hash.digest("hex").slice(0, 12);
}

const goFiles = (folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".go"))
    .sort();
