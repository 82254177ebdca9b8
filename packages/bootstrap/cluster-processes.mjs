// The cluster's programs as processes of their own: started with a log, known by pid and start time, ended by pid.
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lastLines } from "./dependencies.mjs";
import { Interrupted, Problem } from "./problem.mjs";
import { interruption, isAlive, processIdentity } from "./processes.mjs";

/** Sbin, which an ordinary PATH may lack; and nothing else of the user's: a proxy set for the web is none for us. */
export const programEnvironment = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: process.env.HOME ?? "/root",
  LC_ALL: "C",
  // Two cores are shared with everything that is tested.
  GOGC: "200",
};

export const logOf = (places, name) => join(places.logs, `${name}.log`);

/** Starts a program that outlives this process. A session of its own keeps Ctrl-C in the terminal away from it. */
export function startProgram({ places, name, command, args, env = {} }) {
  for (const folder of [places.logs, places.processes]) mkdirSync(folder, { recursive: true });
  const log = openSync(logOf(places, name), "w");
  const child = spawn(command, args, {
    detached: true,
    cwd: places.state,
    stdio: ["ignore", log, log],
    env: { ...programEnvironment, ...env },
  });
  closeSync(log);
  child.on("error", () => {}); // Has no pid then, and counts as ended.
  child.unref();
  if (child.pid) writeFileSync(join(places.processes, name), processIdentity(child.pid));
}

/** @returns {Record<string, number | undefined>} the pid of each program that was started, undefined if it has ended */
export function startedPrograms(places) {
  const found = {};
  for (const name of existsSync(places.processes) ? readdirSync(places.processes) : []) {
    const identity = readFileSync(join(places.processes, name), "utf8");
    found[name] = isAlive(identity) ? Number.parseInt(identity, 10) : undefined;
  }
  return found;
}

/** Ends these programs, side by side: politely if `patienceMs`, then not. */
export async function endPrograms({ places, names = Object.keys(startedPrograms(places)), patienceMs = 0 }) {
  await Promise.all(
    names.map(async (name) => {
      const file = join(places.processes, name);
      const identity = existsSync(file) ? readFileSync(file, "utf8") : "";
      if (patienceMs > 0) await end(identity, "SIGTERM", patienceMs);
      await end(identity, "SIGKILL", 10_000);
      rmSync(file, { force: true });
    }),
  );
}

async function end(identity, signal, patienceMs) {
  if (!isAlive(identity)) return;
  process.kill(Number.parseInt(identity, 10), signal);
  const deadline = Date.now() + patienceMs;
  while (isAlive(identity) && Date.now() < deadline) await sleep(20);
}

/**
 * Waits until `ready` answers true. A program that ends meanwhile, or time that runs out, is told with its log.
 * @param options.name whose log matters
 */
export async function waitForProgram({ places, name, what, ready, timeoutMs = 60_000 }) {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    if (interruption()) throw new Interrupted(interruption());
    if (await ready()) return;
    const ended = Object.entries(startedPrograms(places)).find(([, pid]) => pid === undefined);
    if (ended) throw failure(places, ended[0], `${ended[0]} has ended`);
    await sleep(100);
  }
  throw failure(places, name, `${what} within ${timeoutMs / 1000} s`);
}

function failure(places, name, message) {
  const file = logOf(places, name);
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  return new Problem(`the bed's cluster: ${message}`, {
    fix: [`whole log: ${file}`, `the others' logs: ${places.logs}`],
    detail: lastLines(text, 15),
  });
}
