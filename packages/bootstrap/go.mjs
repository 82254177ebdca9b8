// Programs built from Go modules, for machines that reach package registries and nothing else.
import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { lastLines } from "./dependencies.mjs";
import { withLock } from "./lock.mjs";
import { Problem } from "./problem.mjs";
import { run } from "./processes.mjs";

/** The first executable of that name on PATH. `skip` filters directories. */
export function findOnPath(name, env = process.env, skip = () => false) {
  for (const folder of (env.PATH ?? "").split(delimiter)) {
    const file = join(folder, name);
    if (folder && !skip(folder) && isExecutable(file)) return file;
  }
  return undefined;
}

export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function findGo(env = process.env) {
  const usual = ["/usr/local/go/bin/go", "/usr/lib/go/bin/go"].find((file) => isExecutable(file));
  return findOnPath("go", env) ?? usual;
}

/**
 * Builds `packagePath@version` into the file `target`, which appears there complete or not at all.
 * Two runs that need it at the same time build it once.
 */
export async function buildGoModule({ packagePath, version, ldflags, target, env = process.env, onWait }) {
  if (existsSync(target)) return target;
  return withLock(
    `${target}.lock`,
    async () => {
      if (existsSync(target)) return target;
      const go = requireGo(env, packagePath);
      await buildBeside(target, async (folder, output) => {
        // A go.mod of our own: `go install pkg@version` would refuse modules with replace directives.
        await goStep(go, ["mod", "init", "build"], folder, env);
        await goStep(go, ["get", `${packagePath}@${version}`], folder, env);
        await goStep(go, ["build", "-trimpath", "-ldflags", ldflags, "-o", output, packagePath], folder, env);
      });
      return target;
    },
    { onWait },
  );
}

/** Builds a module of this repository into `target`. */
export async function buildGoSource({ folder, target, env = process.env }) {
  const go = requireGo(env, folder);
  await buildBeside(target, (_, output) =>
    goStep(go, ["build", "-trimpath", "-ldflags", "-s -w", "-o", output, "."], folder, env),
  );
}

/**
 * Makes the file `target`, which appears complete or not at all.
 * @param work gets a temporary folder beside it, and the name that the program must have in there
 */
export async function buildBeside(target, work) {
  mkdirSync(dirname(target), { recursive: true });
  const folder = mkdtempSync(`${target}.tmp-`);
  try {
    const output = join(folder, "program");
    await work(folder, output);
    renameSync(output, target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns {Promise<{ Dir: string, GoMod: string }>} where `path@version` is now */
export async function downloadModule(go, module, cwd, env) {
  const result = await run(go, ["mod", "download", "-json", module], { cwd, env, timeoutMs: 5 * 60_000 });
  if (result.exit === 0) return JSON.parse(result.stdout);
  throw new Problem(`"go mod download ${module}" ended with ${result.exit}`, {
    fix: "is a Go module proxy reachable? (go env GOPROXY)",
    detail: result.stderr + result.stdout,
  });
}

/**
 * A module's source where it can be written, without what compiles for minutes and is never used.
 * @param from where `downloadModule` has it
 * @param instead by the folder of each such package, or by such a file: the file that stands for it
 */
export async function copyModule(from, to, instead, env) {
  // The module cache can't be written, and a copy inherits that.
  for (const command of [
    ["cp", "-R", from, to],
    ["chmod", "-R", "u+w", to],
  ]) {
    const result = await run(command[0], command.slice(1), { env, timeoutMs: 5 * 60_000 });
    if (result.exit !== 0)
      throw new Problem(`"${command.join(" ")}" ended with ${result.exit}`, { detail: result.stderr });
  }
  for (const [name, file] of Object.entries(instead)) {
    const place = join(to, name);
    const copy = statSync(place).isFile() ? place : join(place, basename(file));
    rmSync(place, { recursive: true });
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(file, copy);
  }
}

export function requireGo(env, what) {
  const go = findGo(env);
  if (go) return go;
  throw new Problem(`no "go" on PATH to build ${what}`, {
    fix: ["install Go 1.21 or newer (Debian: apt-get install golang-go, or the official archive in /usr/local/go)"],
  });
}

export async function goStep(go, args, cwd, env) {
  const settings = { CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "-mod=mod" };
  const result = await run(go, args, { cwd, env: { ...env, ...settings }, timeoutMs: 30 * 60_000 });
  if (result.exit === 0) return;
  const end = result.timedOut ? "took longer than 30 min" : `ended with ${result.exit}`;
  throw new Problem(`"go ${args.slice(0, 2).join(" ")}" ${end}`, {
    fix: "is a Go module proxy reachable? (go env GOPROXY)",
    detail: lastLines(result.stdout + result.stderr),
  });
}
