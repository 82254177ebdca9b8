import { existsSync, writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Loaded into every Node process of a run by `NODE_OPTIONS=--import`: the write of the Service that `HELD_WRITE` names
 * is not sent, and the provider stands still right before it. `<HELD_FILE>` says that it got there. The library knows
 * nothing of it.
 */

const { HELD_WRITE: held, HELD_FILE: file = "" } = process.env;
const target = "/pulumi/dist/kubernetes/routers/recorded-object.js";
const untouched = "?untouched";
/** Longer than an orphaned provider lives. */
const patienceMs = 120_000;

if (held) {
  registerHooks({
    load(url, context, next) {
      if (!url.endsWith(target)) return next(url, context);
      const [from, hook] = [JSON.stringify(url + untouched), JSON.stringify(import.meta.url)];
      const source = `
        import { writeRecorded as untouched } from ${from};
        import { beforeWrite } from ${hook};
        export * from ${from};
        export async function writeRecorded(client, object, ...rest) {
          await beforeWrite(object.name);
          return untouched(client, object, ...rest);
        }`;
      return { format: "module", source, shortCircuit: true };
    },
  });
}

export async function beforeWrite(name: string): Promise<void> {
  if (name !== held || existsSync(file)) return;
  writeFileSync(file, "");
  await sleep(patienceMs);
}
