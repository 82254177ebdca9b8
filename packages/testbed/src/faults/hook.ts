/**
 * Loaded into every Node process of a run by `NODE_OPTIONS=--import`. In the one that runs a cutover it stands between
 * the library's machine and its edges: at a step that was armed the provider says where it is and stands still until it
 * is told to go on. The library knows nothing of it.
 */
import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command, Event, Plan } from "@bluegreen/core";
import type { World } from "../../../pulumi/dist/provider/driver.js";
import { folderVariable, type Step, type Word } from "./steps.ts";

const folder = process.env[folderVariable];
const pollMs = 10;
/** A runner that died never says go. */
const patienceMs = 120_000;
const driver = "/pulumi/dist/provider/driver.js";
const untouched = "?untouched";

if (folder) {
  registerHooks({
    load(url, context, next) {
      if (!url.endsWith(driver)) return next(url, context);
      const names = [JSON.stringify(url + untouched), JSON.stringify(import.meta.url)];
      const source = `
        import { drive as untouched } from ${names[0]};
        import { guarded } from ${names[1]};
        export * from ${names[0]};
        export const drive = (plan, world) => untouched(plan, guarded(world, plan));`;
      return { format: "module", source, shortCircuit: true };
    },
  });
}

/** The same world, with a step before (and after the writes) at which a fault can strike. */
export function guarded(world: World, plan: Plan): World {
  const road = new Road();
  const own: Partial<World> = {
    async perform(command, told) {
      const step = road.enter(command, plan);
      await at(step);
      return timed(step, async () => {
        const event = await world.perform(command, told);
        if (step === "switching") await at("switched");
        if (step === "reverting") await at("reverted");
        return event;
      });
    },
    async fenced() {
      if (road.last === "inspecting") await at("fencing");
      return world.fenced();
    },
    async close(record, outcome) {
      await at("releasing");
      return world.close(record, outcome);
    },
  };
  return new Proxy(world, {
    get: (target, key) => own[key as keyof World] ?? Reflect.get(target, key, target),
  });
}

/** Which step a command is depends on those before it. */
class Road {
  last: Step | null = null;
  private reverts = false;

  enter(command: Command, plan: Plan): Step {
    this.reverts ||= command.do === "write" && command.latch !== null;
    this.last = this.stepOf(command, plan);
    return this.last;
  }

  private stepOf(command: Command, plan: Plan): Step {
    switch (command.do) {
      case "lease":
        return "leasing";
      case "observe":
        return this.reverts ? "reobserving" : "observing";
      case "inspect":
        return "inspecting";
      case "write":
        return command.latch === null ? "switching" : "reverting";
      case "verify":
        return this.reverts && command.color !== plan.wish ? "confirming" : "verifying";
      case "bake":
        return "baking";
      case "drain":
        return "draining";
      default:
        throw new TypeError(`"${command.do}" is no step of a cutover at which a fault can strike`);
    }
  }
}

/** Stands still at an armed step until the runner says how it goes on. */
async function at(step: Step): Promise<void> {
  const armed = file(`arm-${step}`);
  if (!existsSync(armed)) return;
  rmSync(armed);
  writeFileSync(file("reaching"), JSON.stringify({ pid: process.pid }));
  renameSync(file("reaching"), file(`at-${step}`));
  const deadline = Date.now() + patienceMs;
  while (!existsSync(file(`go-${step}`)) && Date.now() < deadline) await sleep(pollMs);
  const word = readFileSync(file(`go-${step}`), "utf8") as Word;
  if (word === "fail") throw new Error("an injected fault");
}

async function timed(step: Step, work: () => Promise<Event>): Promise<Event> {
  const from = Date.now();
  let event = "threw";
  try {
    const answer = await work();
    event = answer.type;
    return answer;
  } finally {
    appendFileSync(file("trace"), `${JSON.stringify({ step, from, to: Date.now(), event })}\n`);
  }
}

const file = (name: string) => join(folder ?? "", name);
