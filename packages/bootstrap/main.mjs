// The entry of all npm scripts. Runs on the machine's own Node (18 or newer) with nothing installed, and brings the rest.

import { demoOptions } from "./demo-options.mjs";
import { finish } from "./prepare.mjs";
import { Interrupted, Problem } from "./problem.mjs";
import { endStragglers, handleSignals, interruption } from "./processes.mjs";
import { createProgress } from "./progress.mjs";
import { bench } from "./verbs/bench.mjs";
import { clean } from "./verbs/clean.mjs";
import { cluster } from "./verbs/cluster.mjs";
import { faults } from "./verbs/faults.mjs";
import { demo, exec, pulumi } from "./verbs/programs.mjs";
import { test } from "./verbs/test.mjs";

const verbs = { demo, test, bench, faults, pulumi, exec, cluster, clean };
const [verb, ...args] = process.argv.slice(2);
const progress = createProgress();

process.exitCode = await main();

async function main() {
  if (!Object.hasOwn(verbs, verb ?? "")) {
    progress.say(`✖ unknown verb "${verb ?? ""}"; there are ${Object.keys(verbs).join(", ")}`);
    return 2;
  }
  handleSignals();
  const result = await attempt(() => verbs[verb]({ args, progress }));
  endStragglers();
  const cleanup = ["clean", "cluster"].includes(verb) ? {} : await attempt(() => finish({ ...ending(), progress }));
  const lines = result.lines ?? (verb === "test" ? ["0 passed, 1 failed"] : []);
  for (const line of lines) console.log(line);
  return result.exit || cleanup?.exit || 0;
}

/** Whose stacks of the checkout itself are taken down at the end, and whose stay. */
function ending() {
  const demo = verb === "demo" ? demoOptions(args) : undefined;
  return { demo, keepStacks: verb === "pulumi" || Boolean(demo?.keep) };
}

/** Every end becomes an exit code: 130 for Ctrl-C, 1 for a problem that is told, a stack only for faults of our own. */
async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Interrupted || interruption()) {
      progress.say(`✖ interrupted by ${interruption() ?? error.signal}, cleaning up`);
      return { exit: interruption() === "SIGTERM" ? 143 : 130 };
    }
    progress.say(error instanceof Problem ? error.toText() : `✖ ${error.stack}`);
    return { exit: 1 };
  }
}
