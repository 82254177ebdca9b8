// Which stacks of this checkout are up: read from the state files, so that nobody has to remember it.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bin, root, state, work } from "./paths.mjs";
import { processIdentity, run, runId } from "./processes.mjs";

const cli = join(bin, "pulumi");
const projects = join(work, "projects");

/**
 * Stacks with at least one resource besides the stack itself.
 * @returns {{ project: string, stack: string, onCluster: boolean }[]} `onCluster`: something of it is on Kubernetes
 */
export function stacksUp(state) {
  return stateFiles(state)
    .filter(({ file }) => resourceCount(file) > 1)
    .map(({ project, stack, file }) => ({ project, stack, onCluster: isOnCluster(file) }));
}

/** Names of all stacks that have their state here, up or not. */
export function knownStacks(state) {
  return [...new Set(stateFiles(state).map(({ stack }) => stack))];
}

function stateFiles(state) {
  const folder = join(state, ".pulumi", "stacks");
  const projects = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
  return projects
    .filter((project) => project.isDirectory())
    .flatMap(({ name: project }) => {
      const files = readdirSync(join(folder, project)).filter((name) => name.endsWith(".json"));
      return files.map((name) => {
        return { project, stack: name.slice(0, -".json".length), file: join(folder, project, name) };
      });
    });
}

function isOnCluster(file) {
  return /"type": ?"kubernetes:/.test(readFileSync(file, "utf8"));
}

function resourceCount(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).checkpoint?.latest?.resources?.length ?? 0;
  } catch {
    return 2; // Unreadable state is no reason to believe that nothing is up.
  }
}

/** `pulumi destroy` of a stack, also after a run that was killed and left its lock. @returns how the CLI ended */
export async function destroyStack({ stack, cwd, env, evenIfInterrupted = false }) {
  const settings = { cwd, env, timeoutMs: 5 * 60_000, evenIfInterrupted };
  const target = ["--stack", stack, "--yes", "--non-interactive", "--color", "never"];
  await run(cli, ["cancel", ...target], settings); // having no lock is fine
  return run(cli, ["destroy", "--skip-preview", ...target], settings);
}

/**
 * Takes down what ended runs (this one, or one that was killed) have left: projects of tests, and the stack `main` of
 * the checkout itself. Never throws: it runs while cleaning up.
 */
export async function removeLeftovers({ env, progress, main }) {
  const left = listed(projects)
    .map((name) => join(projects, name))
    .filter((dir) => ownerHasEnded(dir))
    .map((dir) => ({ dir, state: join(dir, ".state"), temporary: true }));
  if (main) left.push({ dir: root, state, temporary: false });
  for (const { dir, state: backend, temporary } of left) {
    if (temporary && !env.BLUEGREEN_KUBECONFIG && stacksUp(backend).some(({ onCluster }) => onCluster)) {
      // With the bed's cluster all that was in it has ended.
      await unmount(backend);
      rmSync(dir, { recursive: true, force: true });
      continue;
    }
    for (const { stack, onCluster } of stacksUp(backend)) {
      if (temporary ? !(onCluster || env.DOCKER_HOST) : stack !== main) continue;
      const settings = {
        stack,
        cwd: dir,
        env: { ...env, PULUMI_BACKEND_URL: `file://${backend}` },
        evenIfInterrupted: true,
      };
      const result = await progress.phase(`cleaning up: stack ${stack} of ${dir}`, () => destroyStack(settings));
      if (result.exit !== 0)
        progress.say(`✖ stack ${stack} of ${dir} could not be destroyed:\n${result.stdout.slice(-2000)}`);
    }
    if (!temporary || stacksUp(backend).length > 0) continue;
    await unmount(backend);
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The faults' stacks have their state on a small disk of its own. */
async function unmount(folder) {
  const mounts = existsSync("/proc/mounts") ? readFileSync("/proc/mounts", "utf8") : "";
  if (mounts.includes(` ${folder} `)) await run("umount", [folder], { timeoutMs: 10_000, evenIfInterrupted: true });
}

/** createProject() notes the run it belongs to: "<pid of the bootstrap>-<time>". */
function ownerHasEnded(dir) {
  const file = join(dir, ".run");
  const owner = existsSync(file) ? readFileSync(file, "utf8") : "";
  return owner === runId || processIdentity(Number.parseInt(owner, 10) || 0) === "";
}

function listed(folder) {
  return existsSync(folder) ? readdirSync(folder) : [];
}
