import { existsSync } from "node:fs";
import { join } from "node:path";
import { node24, root } from "../paths.mjs";
import { prepare } from "../prepare.mjs";
import { Problem } from "../problem.mjs";
import { run } from "../processes.mjs";

async function program({ file, args, progress, limitMs }) {
  const path = join(root, "packages/testbed/src", file);
  if (!existsSync(path)) throw new Problem(`${path} does not exist`);
  const env = await prepare({ progress });
  const { exit } = await run(node24, [path, ...args], { cwd: root, env, show: true, timeoutMs: limitMs });
  return { exit };
}

export async function demo({ args, progress }) {
  const result = await program({ file: "demo/main.ts", args, progress, limitMs: 30 * 60_000 });
  return { ...result, keepStacks: args.includes("--keep") };
}

export function bench({ args, progress }) {
  return program({ file: "bench/main.ts", args, progress, limitMs: 60 * 60_000 });
}

/** The real CLI, in the terminal's foreground, without any time limit. The stack is the one that the demo selected. */
export async function pulumi({ args, progress }) {
  const env = await prepare({ progress });
  const { exit } = await run(join(root, ".bluegreen/bin/pulumi"), args, {
    cwd: root,
    env,
    show: true,
    foreground: true,
  });
  return { exit, keepStacks: true };
}

/** Any command in the environment of demo and tests, for people who work on this repository. */
export async function exec({ args, progress }) {
  if (args.length === 0)
    throw new Problem("exec needs a command", { fix: "node packages/testbed/bootstrap/main.mjs exec vitest run" });
  const env = await prepare({ progress });
  const { exit } = await run(args[0], args.slice(1), { cwd: root, env, show: true, foreground: true });
  return { exit };
}
