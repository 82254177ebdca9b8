// Argo Rollouts, for the benchmark that runs it beside us: its controller built from the Go module, its CRDs taken from it.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildBeside, downloadModule, goStep, requireGo } from "./go.mjs";
import { withLock } from "./lock.mjs";

const version = "1.8.3";
const module = `github.com/argoproj/argo-rollouts@v${version}`;

/** @returns {Promise<{ version: string, controller: string, crds: string }>} a program and a folder, both in the cache */
export async function ensureArgo({ cache, progress, env = process.env }) {
  const folder = join(cache, `argo-rollouts-${version}`);
  const made = { version, controller: join(folder, "rollouts-controller"), crds: join(folder, "crds") };
  // The program comes last: with it everything is there.
  if (existsSync(made.controller)) return made;
  const title = `Argo Rollouts ${version}: building from Go modules (about 5 min, once)`;
  await progress.phase(title, (phase) =>
    withLock(`${folder}.lock`, () => (existsSync(made.controller) ? undefined : build(made, env)), {
      onWait: (pid) => phase.title(`${title}, process ${pid} does it`),
    }),
  );
  return made;
}

async function build({ controller, crds }, env) {
  const go = requireGo(env, "Argo Rollouts");
  await buildBeside(controller, async (folder, output) => {
    const { Dir: source } = await downloadModule(go, module, folder, env);
    copyCrds(join(source, "manifests", "crds"), crds);
    // Its own go.mod, which replaces modules, in a place that can be written.
    for (const name of ["go.mod", "go.sum"]) writeFileSync(join(folder, name), readFileSync(join(source, name)));
    const modfile = `-modfile=${join(folder, "go.mod")}`;
    const flags = ["-trimpath", "-ldflags", "-s -w", "-o", output];
    await goStep(go, ["build", modfile, ...flags, "./cmd/rollouts-controller"], source, env);
  });
}

function copyCrds(from, to) {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from).filter((name) => name.endsWith("-crd.yaml"))) {
    // The module cache's files can't be written, and a copy would inherit that.
    writeFileSync(join(to, name), readFileSync(join(from, name)));
  }
}
