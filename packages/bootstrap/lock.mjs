import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Interrupted, Problem } from "./problem.mjs";
import { interruption, isAlive, processIdentity } from "./processes.mjs";

/**
 * Runs `work` while nobody else holds `file`. A lock whose owner has died is taken over.
 * @throws Problem after `waitMs`
 */
export async function withLock(file, work, { waitMs = 20 * 60_000, onWait, evenIfInterrupted = false } = {}) {
  mkdirSync(dirname(file), { recursive: true });
  const mine = processIdentity(process.pid);
  const deadline = Date.now() + waitMs;
  let told = false;
  for (;;) {
    try {
      writeFileSync(file, mine, { flag: "wx" });
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const owner = read(file);
    if (owner === "" ? isOld(file) : !isAlive(owner)) {
      takeAway(file, owner);
      continue;
    }
    if (Date.now() > deadline) {
      throw new Problem(`${file} is held by process ${owner.split(" ")[0]} for more than ${waitMs / 60_000} min`, {
        fix: "wait for that run to end, or end it",
      });
    }
    if (!told) onWait?.(owner.split(" ")[0]);
    told = true;
    await sleep(200);
    if (interruption() && !evenIfInterrupted) throw new Interrupted(interruption());
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** Empty and fresh: its owner is about to write its name. Empty and old: the owner died in between. */
function isOld(file) {
  try {
    return Date.now() - statSync(file).mtimeMs > 10_000;
  } catch {
    return false;
  }
}

/** Renaming first keeps two waiters from removing each other's fresh lock. */
function takeAway(file, staleOwner) {
  const aside = `${file}.stale-${process.pid}`;
  try {
    renameSync(file, aside);
    if (read(aside) === staleOwner) rmSync(aside, { force: true });
    else renameSync(aside, file);
  } catch {
    // Another waiter was faster.
  }
}
