// Programs built from Go modules, for machines that reach package registries and nothing else.
import { accessSync, constants, copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
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
      const folder = temporaryBeside(target);
      try {
        // A go.mod of our own: `go install pkg@version` would refuse modules with replace directives.
        await goStep(go, ["mod", "init", "build"], folder, env);
        await goStep(go, ["get", `${packagePath}@${version}`], folder, env);
        const output = join(folder, "program");
        await goStep(go, ["build", "-trimpath", "-ldflags", ldflags, "-o", output, packagePath], folder, env);
        renameSync(output, target);
        return target;
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    { onWait },
  );
}

/** Builds a module of this repository into `target`. */
export async function buildGoSource({ folder, target, env = process.env }) {
  const go = requireGo(env, folder);
  const temporary = temporaryBeside(target);
  try {
    const output = join(temporary, "program");
    await goStep(go, ["build", "-trimpath", "-ldflags", "-s -w", "-o", output, "."], folder, env);
    renameSync(output, target);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
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
 * A module's source where it can be written, without packages that compile for minutes and are never used.
 * @param from where `downloadModule` has it
 * @param instead by each such package's folder: the file that stands for it
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
    rmSync(join(to, name), { recursive: true });
    mkdirSync(join(to, name));
    copyFileSync(file, join(to, name, basename(file)));
  }
}

export function requireGo(env, what) {
  const go = findGo(env);
  if (go) return go;
  throw new Problem(`no "go" on PATH to build ${what}`, {
    fix: ["install Go 1.21 or newer (Debian: apt-get install golang-go, or the official archive in /usr/local/go)"],
  });
}

function temporaryBeside(target) {
  mkdirSync(dirname(target), { recursive: true });
  return mkdtempSync(`${target}.tmp-`);
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
