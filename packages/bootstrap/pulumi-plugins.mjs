// Language host and plugins for the chosen engine, in a PULUMI_HOME of this checkout: the official ones, or, where they
// cannot be downloaded, stand-ins and the Kubernetes plugin built from its Go module.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { lastLines, withNode24 } from "./dependencies.mjs";
import { ensureKubernetesPlugin, kubernetesPluginVersion } from "./kubernetes-plugin.mjs";
import { modules, node24, root } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { run } from "./processes.mjs";

/** Lies beside what is not the official download. */
const standInMark = ".bluegreen-stand-in";
const dayMs = 24 * 3600_000;
const manifestFile = join(root, "packages/offline-plugins/src/manifest.ts");
const attached = join(root, "packages/offline-plugins/src/attached/main.ts");

/**
 * Makes `bin/pulumi` and everything the engine will look for.
 * @param options.cluster programs for Kubernetes will run: its plugin is needed, too
 * @returns {Promise<{ info: string, standIns: boolean, attach?: string }>} `info` says in one line what is used,
 *   `attach` is the program of all stand-ins, to which tests' engines attach
 */
export async function installPlugins({ engine, bin, pulumiHome, cache, progress, env, cluster }) {
  mkdirSync(bin, { recursive: true });
  placeCli(engine, join(bin, "pulumi"));
  const manifest = await readManifest();
  const standIns = manifest.filter((plugin) => plugin.kind === "resource");
  const kubernetes = { name: "kubernetes", version: kubernetesPluginVersion() };
  if (engine.languageHost) {
    for (const name of ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"])
      rmSync(join(bin, name), { force: true });
    const resources = [...standIns, kubernetes];
    if (await installOfficial({ engine, resources, pulumiHome, cache, progress, env }))
      return { info: `${describe(engine)}, official plugins (${names(resources)})`, standIns: false };
  } else {
    const host = manifest.find((plugin) => plugin.kind === "language");
    if (!host) throw new Problem(`${manifestFile} lists no language host`);
    writeScript(join(bin, "pulumi-language-nodejs"), launch(host.entry));
    // Runs the dynamic resources; comes with the SDK, the CLI finds it on PATH.
    const dynamic = join(modules, "@pulumi", "pulumi", "pulumi-resource-pulumi-nodejs");
    writeScript(join(bin, "pulumi-resource-pulumi-nodejs"), readFileSync(dynamic, "utf8"));
  }
  for (const plugin of standIns) writeScript(ownPlugin(plugin, pulumiHome), launch(plugin.entry));
  if (cluster) {
    const built = await ensureKubernetesPlugin({ cache, version: kubernetes.version, progress, env });
    placeFile(built, ownPlugin(kubernetes, pulumiHome));
  }
  const host = engine.languageHost
    ? "official language host, stand-ins for plugins"
    : "stand-ins for language host and plugins";
  const built = cluster ? `, ${names([kubernetes])} ${origins.build}` : "";
  const info = `${describe(engine)}, ${host} (${names(standIns)})${built}`;
  return { info, standIns: true, ...(engine.languageHost ? {} : { attach: attached }) };
}

const origins = {
  path: "found on PATH",
  cache: "from the launcher's version cache",
  download: "official download",
  build: "built from Go modules",
};
const describe = (engine) => `Pulumi ${engine.version} ${origins[engine.kind]}`;
const names = (plugins) => plugins.map((plugin) => `${plugin.name} ${plugin.version}`).join(", ");

/**
 * The CLI looks for its companions beside the file it really is. The official one has them, so a script leads there;
 * one without gets a hard link beside our stand-ins (found on PATH alone they would cost a warning in every run).
 */
function placeCli(engine, target) {
  if (engine.languageHost) {
    writeScript(target, `#!/bin/sh\nexec "${engine.cli}" "$@"\n`);
    return;
  }
  placeFile(engine.cli, target);
}

/** A hard link, since these files are large. */
function placeFile(file, target) {
  const wanted = statSync(file);
  const there = statSync(target, { throwIfNoEntry: false });
  if (there && there.size === wanted.size && there.mtimeMs === wanted.mtimeMs) return;
  const temporary = `${target}.new-${process.pid}`;
  rmSync(temporary, { force: true });
  try {
    linkSync(file, temporary);
  } catch {
    // Another file system.
    copyFileSync(file, temporary);
    utimesSync(temporary, wanted.atime, wanted.mtime);
  }
  renameSync(temporary, target);
}

/** What offline-plugins can stand in for: kind, name, version and the program. */
async function readManifest() {
  const script =
    "const m = await import(process.argv[1]); console.log(JSON.stringify(Object.values(m).find(Array.isArray)))";
  const result = await run(node24, ["--input-type=module", "-e", script, manifestFile], {
    cwd: root,
    timeoutMs: 20_000,
  });
  if (result.exit !== 0) throw new Problem(`${manifestFile} cannot be read`, { detail: lastLines(result.stderr) });
  return JSON.parse(result.stdout).map((plugin) => {
    const entry = `${plugin.entry}`;
    return {
      ...plugin,
      entry: entry.startsWith("file:") ? fileURLToPath(entry) : resolve(dirname(manifestFile), entry),
    };
  });
}

const launch = (entry) => `#!/bin/sh\nexec "${node24}" "${entry}" "$@"\n`;
const pluginFolder = (plugin, pulumiHome) => join(pulumiHome, "plugins", `resource-${plugin.name}-v${plugin.version}`);

/** Where the engine looks for a plugin that is not the official download. */
function ownPlugin(plugin, pulumiHome) {
  const folder = pluginFolder(plugin, pulumiHome);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, standInMark), "");
  return join(folder, `pulumi-resource-${plugin.name}`);
}

/** False if they cannot be had; then it is not tried again for a day. */
async function installOfficial({ engine, resources, pulumiHome, cache, progress, env }) {
  const isThere = (plugin) => {
    const folder = pluginFolder(plugin, pulumiHome);
    return existsSync(join(folder, `pulumi-resource-${plugin.name}`)) && !existsSync(join(folder, standInMark));
  };
  const missing = resources.filter((plugin) => !isThere(plugin));
  if (missing.length === 0) return true;
  const failure = join(cache, "pulumi-plugins-download-failed");
  if (existsSync(failure) && Date.now() - statSync(failure).mtimeMs < dayMs) return false;
  return progress.phase(`Pulumi plugins: installing ${names(missing)}`, async () => {
    for (const plugin of missing) {
      rmSync(pluginFolder(plugin, pulumiHome), { recursive: true, force: true });
      const args = ["plugin", "install", "resource", plugin.name, `v${plugin.version}`];
      const settings = { PULUMI_HOME: pulumiHome, PULUMI_SKIP_UPDATE_CHECK: "true" };
      // Offline, the CLI would retry for minutes.
      const result = await run(engine.cli, args, {
        env: { ...withNode24(env), ...settings },
        cwd: root,
        timeoutMs: 60_000,
      });
      if (result.exit === 0 && isThere(plugin)) continue;
      progress.say(
        `  plugin ${plugin.name} ${plugin.version} cannot be installed (${result.timedOut ? "no answer within 60 s" : lastLines(result.stderr, 1)}); stand-ins are used`,
      );
      mkdirSync(cache, { recursive: true });
      writeFileSync(failure, result.stderr);
      return false;
    }
    return true;
  });
}

function writeScript(file, text) {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === Buffer.byteLength(text) && readFileSync(file, "utf8") === text) return;
  // Never written in place: another run may be executing it.
  const temporary = `${file}.new-${process.pid}`;
  writeFileSync(temporary, text);
  chmodSync(temporary, 0o755);
  renameSync(temporary, file);
}
