// Which stacks of this checkout are up: read from the state files, so that nobody has to remember it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** @returns {{ project: string, stack: string }[]} stacks with at least one resource besides the stack itself */
export function stacksUp(state) {
  const folder = join(state, ".pulumi", "stacks");
  const found = [];
  for (const project of existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : []) {
    if (!project.isDirectory()) continue;
    for (const name of readdirSync(join(folder, project.name))) {
      if (!name.endsWith(".json")) continue;
      const file = join(folder, project.name, name);
      if (resourceCount(file) > 1) found.push({ project: project.name, stack: name.slice(0, -".json".length) });
    }
  }
  return found;
}

function resourceCount(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).checkpoint?.latest?.resources?.length ?? 0;
  } catch {
    return 2; // Unreadable state is no reason to believe that nothing is up.
  }
}
