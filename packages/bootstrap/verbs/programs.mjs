import { existsSync } from "node:fs";
import { join } from "node:path";
import { useCluster } from "../cluster.mjs";
import { useDatabases } from "../databases.mjs";
import { demoOptions } from "../demo-options.mjs";
import { useIngressController } from "../ingress-controller.mjs";
import { node24, root, state } from "../paths.mjs";
import { cache, prepare } from "../prepare.mjs";
import { Problem } from "../problem.mjs";
import { run } from "../processes.mjs";
import { useSshServer } from "../ssh-server.mjs";
import { stacksUp } from "../stacks.mjs";

/**
 * A program of another package, in the environment of demo and tests.
 * @param options.file below `packages/`
 * @param options.more gives what it needs besides
 */
export async function program({ file, args, progress, limitMs, graceMs, onCluster = false, more }) {
  const path = join(root, "packages", file);
  if (!existsSync(path)) throw new Problem(`${path} does not exist`);
  const env = await prepare({ progress, docker: !onCluster, cluster: onCluster });
  if (onCluster) Object.assign(env, (await useCluster({ cache, progress })).env);
  if (more) Object.assign(env, await more({ cache, progress }));
  const { exit } = await run(node24, [path, ...args], { cwd: root, env, show: true, timeoutMs: limitMs, graceMs });
  return { exit };
}

export function demo({ args, progress }) {
  const { onCluster } = demoOptions(args);
  // Interrupted, it takes its stack down; that of a namespace lasts.
  return program({ file: "demo/src/main.ts", args, progress, limitMs: 30 * 60_000, graceMs: 120_000, onCluster });
}

/** The real CLI, in the terminal's foreground, without any time limit. The stack is the one that the demo selected. */
export async function pulumi({ args, progress }) {
  const up = stacksUp(state);
  const docker = up.length === 0 || up.some(({ onCluster }) => !onCluster);
  const env = await prepare({ progress, docker, cluster: up.some(({ onCluster }) => onCluster) });
  const { exit } = await run(join(root, ".bluegreen/bin/pulumi"), args, {
    cwd: root,
    env,
    show: true,
    foreground: true,
  });
  return { exit };
}

/**
 * Any command in the environment of demo and tests, for people who work on this repository; `--cluster` brings one,
 * `--ingress` one with an ingress controller.
 */
export async function exec({ args, progress }) {
  const withIngress = args[0] === "--ingress";
  const withCluster = withIngress || args[0] === "--cluster";
  const [command, ...rest] = withCluster ? args.slice(1) : args;
  if (!command)
    throw new Problem("exec needs a command", {
      fix: "node packages/bootstrap/main.mjs exec [--cluster | --ingress] vitest run",
    });
  const env = await prepare({ progress, cluster: withCluster });
  Object.assign(env, await useDatabases({ cache, progress }));
  Object.assign(env, await useSshServer({ cache, progress }));
  if (withCluster) Object.assign(env, (await useCluster({ cache, progress })).env);
  if (withIngress) Object.assign(env, await useIngressController({ cache, progress }));
  const { exit, stderr } = await run(command, rest, { cwd: root, env, show: true, foreground: true });
  if (exit === 127 && stderr) throw new Problem(stderr, { fix: "name a command that is on PATH" });
  return { exit };
}
