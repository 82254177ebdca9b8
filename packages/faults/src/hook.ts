/**
 * Loaded into every Node process of a run by `NODE_OPTIONS=--import`. In the one that runs a cutover it stands between
 * the library's machine and its edges, and within a write that is more than one request: at a step that was armed the
 * provider says where it is and stands still until it is told to go on. The library knows nothing of it.
 */
import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command, Event, Plan } from "@bluegreen/core";
import type { Workers } from "../../pulumi/dist/contracts/workers.js";
import type { World } from "../../pulumi/dist/cutover/driver.js";
import type { GroupPart } from "../../pulumi/dist/routers/group.js";
import { folderVariable, type Step, type Word } from "./steps.ts";

const folder = process.env[folderVariable];
const pollMs = 10;
/** A runner that died never says go. */
const patienceMs = 120_000;
const untouched = "?untouched";
/** What takes the place of the library's own exports, by module. */
const replacements = {
  "/pulumi/dist/cutover/driver.js": `
    export const drive = (plan, world) => untouched.drive(plan, hook.guarded(world, plan));`,
  "/pulumi/dist/workers/none.js": `
    export class NoRouter extends untouched.NoRouter {
      constructor(workers, ...rest) { super(hook.guardedWorkers(workers), ...rest); }
    }`,
  "/pulumi/dist/routers/group.js": `
    export class GroupRouter extends untouched.GroupRouter {
      constructor(parts) { super(hook.guardedParts(parts)); }
    }`,
};

if (folder) {
  registerHooks({
    load(url, context, next) {
      const replaced = Object.entries(replacements).find(([module]) => url.endsWith(module));
      if (!replaced) return next(url, context);
      const names = [JSON.stringify(url + untouched), JSON.stringify(import.meta.url)];
      const source = `
        import * as untouched from ${names[0]};
        import * as hook from ${names[1]};
        export * from ${names[0]};
        ${replaced[1]}`;
      return { format: "module", source, shortCircuit: true };
    },
  });
}

/** The same world, with a step before (and after the writes) at which a fault can strike. */
export function guarded(world: World, plan: Plan): World {
  road = new Road();
  return overriding(world, {
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
  });
}

/** The same workloads, with steps within a handover. */
export function guardedWorkers(workers: Workers): Workers {
  return overriding(workers, {
    async stop(names, mark) {
      if (!road.reverts) await at("stopping");
      await workers.stop(names, mark);
      await at(road.reverts ? "restarting" : "stopped");
    },
    async start(names, mark) {
      if (!road.reverts) await at("starting");
      return workers.start(names, mark);
    },
  });
}

/** The same routers of a group, with a step after the first one's write. */
export function guardedParts(parts: readonly GroupPart[]): GroupPart[] {
  return parts.map((part) => ({
    ...part,
    router: overriding(part.router, {
      async write(...given) {
        const written = await part.router.write(...given);
        if (++road.writes === 1) await at(road.reverts ? "betweenReverts" : "between");
        return written;
      },
    }),
  }));
}

/** Which step a command is depends on those before it. */
class Road {
  last: Step | null = null;
  reverts = false;
  /** Writes to routers of a group that the last command has sent. */
  writes = 0;

  enter(command: Command, plan: Plan): Step {
    this.reverts ||= command.do === "write" && command.latch !== null;
    this.writes = 0;
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

/** A provider runs one cutover at a time. */
let road = new Road();

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

function overriding<T extends object>(target: T, own: Partial<T>): T {
  return new Proxy(target, {
    get: (_, key) => own[key as keyof T] ?? Reflect.get(target, key, target),
  });
}

const file = (name: string) => join(folder ?? "", name);
