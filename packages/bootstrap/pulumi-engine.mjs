// Which Pulumi engine to use: PATH, the launcher's version cache, the official download, a build from Go modules.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join, sep } from "node:path";
import { buildGoModule, findOnPath, isExecutable } from "./go.mjs";
import { withLock } from "./lock.mjs";
import { Problem } from "./problem.mjs";
import { run } from "./processes.mjs";

const oldest = [3, 200];
const dayMs = 24 * 3600_000;
export const choices = ["path", "cache", "download", "build"];

/**
 * @typedef {{ kind: "path"|"cache"|"download"|"build", cli: string, version: string, languageHost: boolean }} Engine
 * `languageHost`: the official Node language host lies beside the CLI; then official plugins are worth a try, too.
 */

/**
 * The first engine that is there. `BLUEGREEN_ENGINE` forces one way and makes its absence an error.
 * @param options.version what the npm launcher in node_modules stands for
 * @param options.sdkVersion of `@pulumi/pulumi` in node_modules, which is also what is built
 * @param options.launcher the launcher's script
 * @returns {Promise<Engine>}
 */
export async function chooseEngine(options) {
  const { env = process.env, ways = { path, cache, download, build } } = options;
  const forced = env.BLUEGREEN_ENGINE;
  if (forced && !choices.includes(forced)) {
    throw new Problem(`BLUEGREEN_ENGINE is "${forced}"`, {
      fix: `set it to one of ${choices.join(", ")}, or unset it`,
    });
  }
  for (const kind of forced ? [forced] : choices) {
    const engine = await ways[kind]({ env, home: homedir(), ...options, forced: Boolean(forced) });
    if (engine) return { kind, ...engine };
  }
  throw new Problem(`BLUEGREEN_ENGINE=${forced} found no usable Pulumi engine`, {
    fix: "unset BLUEGREEN_ENGINE to let the bootstrap choose",
  });
}

/** (a) A Pulumi of the user's own: major 3, recent enough, with its language host. */
async function path({ env }) {
  // `npm run` puts node_modules/.bin on PATH; the launcher in there is way (b) and (c), not an engine. And a bootstrap
  // inside a bootstrap must not take our own `.bluegreen/bin`, stand-ins and all, for an installation of the user's.
  const cli = findOnPath("pulumi", env, isOurs);
  if (!cli || isScript(cli)) return undefined;
  const version = await versionOf(cli);
  if (!version || !isRecent(version)) return undefined;
  return hasLanguageHost(cli, env) ? { cli, version, languageHost: true } : undefined;
}

/** (b) What the npm launcher has downloaded, or the user has placed there, at some time. Only read. */
async function cache({ env, home, version, cache: ours }) {
  const homes = [env.PULUMI_HOME, join(home, ".pulumi"), officialHome(ours)].filter(Boolean);
  for (const pulumiHome of homes) {
    const cli = join(pulumiHome, "versions", version, "bin", "pulumi");
    if (!isExecutable(cli) || (await versionOf(cli)) !== version) continue;
    return { cli, version, languageHost: hasLanguageHost(cli, {}) };
  }
  return undefined;
}

/** (c) The launcher's own download. Without internet it fails within seconds, and is not tried again for a day. */
async function download({ env, version, launcher, cache: ours, progress, forced, node = process.execPath }) {
  const failure = join(ours, `pulumi-${version}-download-failed`);
  if (!forced && existsSync(failure) && Date.now() - statSync(failure).mtimeMs < dayMs) {
    const next = new Date(statSync(failure).mtimeMs + dayMs).toISOString().slice(0, 16);
    progress?.say(`  official Pulumi download: failed, next try after ${next} (rm ${failure} to try now)`);
    return undefined;
  }
  const attempt = async () => {
    const temporary = join(ours, `pulumi-download.tmp-${process.pid}`);
    const folder = join(temporary, "versions", version);
    try {
      const result = await runLauncher({ node, launcher, env, home: temporary });
      const cli = join(folder, "bin", "pulumi");
      if (result.exit !== 0 || (await versionOf(cli)) !== version) {
        writeFileSync(failure, result.stderr);
        return undefined;
      }
      const target = join(officialHome(ours), "versions", version);
      mkdirSync(dirname(target), { recursive: true });
      rmSync(target, { recursive: true, force: true });
      renameSync(folder, target);
      rmSync(failure, { force: true });
      const installed = join(target, "bin", "pulumi");
      return { cli: installed, version, languageHost: hasLanguageHost(installed, {}) };
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  };
  mkdirSync(ours, { recursive: true });
  const locked = () => withLock(join(ours, "pulumi-download.lock"), attempt);
  return progress ? progress.phase("Pulumi engine: trying the official download", locked) : locked();
}

async function runLauncher({ node, launcher, env, home }) {
  mkdirSync(home, { recursive: true });
  const settings = { env: { ...env, PULUMI_HOME: home, TMPDIR: home }, cwd: home };
  // A blocked network may swallow packets instead of refusing them: nothing fetched in five seconds counts as offline.
  const short = await run(node, [launcher, "version"], { ...settings, timeoutMs: 5_000 });
  if (!short.timedOut || readdirSync(home).length === 0) return short;
  return run(node, [launcher, "version"], { ...settings, timeoutMs: 60_000 });
}

/** (d) The CLI from its Go module. Language host and plugins are the stand-ins of offline-plugins then. */
async function build({ env, sdkVersion: version, cache: ours, progress }) {
  const target = join(ours, `pulumi-${version}-go`, "pulumi");
  const made = { cli: target, version, languageHost: false };
  if (existsSync(target)) return made;
  const title = "Pulumi engine: building from Go modules (about 3 min, once)";
  await progress.phase(title, (phase) =>
    buildGoModule({
      packagePath: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      version: `v${version}`,
      ldflags: `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`,
      target,
      env,
      onWait: (pid) => phase.title(`${title}, process ${pid} does it`),
    }),
  );
  const says = await versionOf(target);
  if (says === version) return made;
  rmSync(target, { force: true });
  throw new Problem(`the Pulumi CLI built from Go modules says it is version "${says}", it must say ${version}`);
}

const isOurs = (folder) => folder.split(sep).some((part) => part === "node_modules" || part === ".bluegreen");
const officialHome = (ours) => join(ours, "pulumi-official");

function hasLanguageHost(cli, env) {
  const name = "pulumi-language-nodejs";
  return isExecutable(join(dirname(cli), name)) || findOnPath(name, env, isOurs) !== undefined;
}

/** The npm launcher installed globally is a script, and it would download. */
function isScript(file) {
  return readFileSync(file).subarray(0, 64).toString("latin1").split("\n")[0].includes("node");
}

function isRecent(version) {
  const [major, minor] = version.split(".").map(Number);
  return major === oldest[0] && minor >= oldest[1];
}

/** "3.255.0", or undefined if the program is none of Pulumi's. It may write into its home, so it gets another one. */
async function versionOf(cli) {
  const home = mkdtempSync(join(tmpdir(), "bluegreen-version-"));
  const env = { ...process.env, PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const result = await run(cli, ["version"], { env, cwd: home, timeoutMs: 10_000 });
  rmSync(home, { recursive: true, force: true });
  return result.exit === 0 ? /^v?(\d+\.\d+\.\d+\S*)/.exec(result.stdout.trim())?.[1] : undefined;
}
