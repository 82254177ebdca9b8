// Node 24, pnpm, the libraries and our own compiled packages: everything that a clean clone lacks.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { modules, node24, root, work } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { run } from "./processes.mjs";

const compiled = ["packages/core", "packages/pulumi"];

/** Installs what pnpm-lock.yaml says unless that was done already. */
export async function ensureDependencies(progress) {
  const stamp = join(modules, ".bluegreen-installed");
  const wanted = installFingerprint();
  if (existsSync(node24) && readIfThere(stamp) === wanted) return;
  await progress.phase("dependencies: pnpm install, with Node 24", async () => {
    const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    rmSync(stamp, { force: true });
    // CI=true: pnpm must not ask whether it may replace a node_modules made by something else.
    const env = { ...process.env, CI: "true", npm_config_yes: "true" };
    const result = await run("npx", ["-y", packageManager, "install", "--frozen-lockfile"], {
      cwd: root,
      env,
      timeoutMs: 15 * 60_000,
    });
    if (result.exit !== 0 || !existsSync(node24)) {
      throw new Problem(`"npx -y ${packageManager} install --frozen-lockfile" ended with ${result.exit} in ${root}`, {
        fix: [
          "is the npm registry reachable? (npm ping)",
          "was a package.json edited without its lock file? (npx -y pnpm install)",
        ],
        detail: lastLines(result.stdout + result.stderr),
      });
    }
    writeFileSync(stamp, wanted);
  });
}

/** Compiles the packages that Pulumi loads from their `dist`, unless no source has changed since. */
export async function ensureCompiled(progress) {
  const stamp = join(work, "stamps", "compiled");
  const wanted = sourcesFingerprint(compiled);
  const built = compiled.every((folder) => existsSync(join(root, folder, "dist")));
  if (built && readIfThere(stamp) === wanted) return;
  await progress.phase(`compile: ${compiled.join(", ")}`, async () => {
    const result = await compile(compiled);
    if (result.exit !== 0) {
      throw new Problem(`tsc --build ${compiled.join(" ")} found errors`, { detail: lastLines(result.stdout, 40) });
    }
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, wanted);
  });
}

/** `tsc --build` under Node 24; no folders means the whole workspace. */
export function compile(folders, options = {}) {
  return run(node24, [join(modules, "typescript", "bin", "tsc"), "--build", ...folders], {
    cwd: root,
    env: withNode24(process.env),
    timeoutMs: 10 * 60_000,
    ...options,
  });
}

/** Node 24 first on PATH, and without what npm wrote in there for its own Node. */
export function withNode24(env) {
  return { ...env, PATH: [dirname(node24), env.PATH].join(delimiter) };
}

function installFingerprint() {
  const manifests = ["packages", "examples"].flatMap((folder) =>
    readdirIfThere(join(root, folder)).map((name) => join(root, folder, name, "package.json")),
  );
  const files = ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"].map((name) => join(root, name));
  const hash = createHash("sha256").update(process.platform + process.arch);
  for (const file of [...files, ...manifests.filter((file) => existsSync(file)).sort()]) {
    hash.update(file === files[2] ? dependenciesOf(file) : readFileSync(file));
  }
  return hash.digest("hex");
}

/** An edited npm script is no reason to install again. */
function dependenciesOf(file) {
  const { scripts: _, ...rest } = JSON.parse(readFileSync(file, "utf8"));
  return JSON.stringify(rest);
}

function sourcesFingerprint(folders) {
  const hash = createHash("sha256").update(readFileSync(join(root, "tsconfig.base.json")));
  const visit = (path) => {
    const info = statSync(path);
    if (info.isDirectory()) for (const name of readdirSync(path).sort()) visit(join(path, name));
    else hash.update(`${path} ${info.size} ${info.mtimeMs}\n`);
  };
  for (const folder of folders) for (const part of ["src", "tsconfig.json"]) visit(join(root, folder, part));
  return hash.digest("hex");
}

function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

function readdirIfThere(folder) {
  return existsSync(folder) ? readdirSync(folder) : [];
}

export function lastLines(text, count = 25) {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}
