import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { useCluster } from "../cluster.mjs";
import { useDatabases } from "../databases.mjs";
import { compile } from "../dependencies.mjs";
import { useIngressController } from "../ingress-controller.mjs";
import { modules, node24, root, work } from "../paths.mjs";
import { cache, prepare } from "../prepare.mjs";
import { run } from "../processes.mjs";
import { countResults, lastLine, readResults } from "../results.mjs";
import { useSshServer } from "../ssh-server.mjs";

// A run that hangs must not hang for ever. From the bootstrap's first moment; CI takes 90 minutes for hung.
const limitMs = 84 * 60_000;

const reporter = fileURLToPath(new URL("../results-reporter.mjs", import.meta.url));

/**
 * Lint, types, tests; a failing lint or type check counts as one failure each. Arguments go to vitest, so
 * `--project docker` runs one of its projects; a cluster is brought unless it is not among those.
 */
export async function test({ args, progress }) {
  const cluster = goesBeyond(["unit", "docker", "docker-load"], args);
  const env = await prepare({ progress, compile: false, cluster });
  if (goesBeyond(["unit"], args)) {
    Object.assign(env, await useDatabases({ cache, progress }), await useSshServer({ cache, progress }));
  }
  if (cluster) {
    Object.assign(env, (await useCluster({ cache, progress })).env);
    Object.assign(env, await useIngressController({ cache, progress }));
  }
  const steps = [
    ["lint", () => run(node24, [biome(), "check", "--error-on-warnings", "."], { cwd: root, env, timeoutMs: 300_000 })],
    ["types", () => compile([], { env })],
  ];
  const failures = [];
  for (const [name, step] of steps) {
    const result = await progress.phase(name, step);
    if (result.exit === 0) continue;
    process.stdout.write(result.stdout + result.stderr);
    failures.push(`${name}: see above`);
  }
  const results = join(work, `test-results-${process.pid}.ndjson`);
  mkdirSync(work, { recursive: true });
  const reporters = ["--reporter=default", `--reporter=${reporter}`];
  const result = await run(node24, [join(modules, "vitest", "vitest.mjs"), "run", ...reporters, ...args], {
    cwd: root,
    env: { ...env, BLUEGREEN_TEST_RESULTS: results },
    show: true,
    timeoutMs: limitMs - performance.now(),
  });
  const counts = countResults(readResults(results), result.exit);
  rmSync(results, { force: true });
  if (result.timedOut) failures.push(`vitest was stopped after ${limitMs / 60_000} minutes: not every file has run`);
  counts.failed += failures.length;
  failures.push(...counts.failures);
  return {
    exit: counts.failed > 0 ? 1 : 0,
    // Printed after cleaning up, so that it is the last line.
    lines: [
      ...failures.map((line) => `✖ ${line}`),
      ...(counts.skipped > 0 ? [`${counts.skipped} skipped`] : []),
      lastLine(counts),
    ],
  };
}

/** Whether vitest runs any other project than these. */
function goesBeyond(projects, args) {
  const named = args.flatMap((arg, at) => {
    if (arg.startsWith("--project=")) return [arg.slice("--project=".length)];
    return args[at - 1] === "--project" ? [arg] : [];
  });
  return named.length === 0 || named.some((name) => !projects.includes(name));
}

const biome = () => join(modules, "@biomejs", "biome", "bin", "biome");
