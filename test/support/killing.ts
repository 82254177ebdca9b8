import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { descendants, type RunningCommand } from "@bluegreen/testkit/engine/pulumi";
import { isProvider } from "@bluegreen/testkit/processes";
import { until } from "@bluegreen/testkit/until";
import type { Shop } from "./shop.ts";

/** The providers of dynamic resources among a CLI's processes: ours run in them. */
export function providersOf(run: RunningCommand): number[] {
  return descendants(run.pid).filter(isProvider);
}

/** `kill -9` of the CLI alone. Returns the providers that it leaves behind. */
export async function killAlone(run: RunningCommand): Promise<number[]> {
  const providers = providersOf(run);
  run.kill("SIGKILL");
  await run.result;
  return providers;
}

/**
 * The same, but not while the CLI saves its state: Pulumi's local backend writes over that file in place, and one that was
 * cut off is none that anybody can read.
 */
export async function killBetweenSaves(shop: Shop, run: RunningCommand): Promise<number[]> {
  const file = join(shop.project.dir, ".state", ".pulumi", "stacks", "shop", `${shop.stack.name}.json`);
  for (;;) {
    run.kill("SIGSTOP");
    if (isWhole(file)) return killAlone(run);
    run.kill("SIGCONT");
    await sleep(5);
  }
}

function isWhole(file: string): boolean {
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return true;
  } catch {
    return false;
  }
}

/** `kill -9` of a process that may have ended. */
export function endNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

export async function leases(shop: Shop): Promise<string[]> {
  return (await shop.world()).leases();
}

/**
 * `up`, killed as soon as the platform has made something of the color that state does not know: a container or a
 * Deployment, a leftover. Returns its id.
 */
export async function killWhileCreating(shop: Shop, color: string): Promise<string> {
  const world = await shop.world();
  const before = await world.workloads(color);
  const run = shop.stack.start("up");
  let made: string | undefined;
  await until(`something new of ${color}`, async () => {
    if (!run.running) throw new Error(`the run ended before it could be killed:\n${run.output}`);
    made = (await world.workloads(color)).find((id) => !before.includes(id));
    return made !== undefined;
  });
  const orphans = await killBetweenSaves(shop, run);
  await until("the orphaned providers end", async () => !orphans.some(isProvider));
  if (!made || JSON.stringify(await shop.stack.export()).includes(made)) {
    throw new Error("it was recorded before the run could be killed");
  }
  return made;
}
