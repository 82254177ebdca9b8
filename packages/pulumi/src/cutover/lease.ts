import { execFileSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { type Attempted, type Claim, claim, type Unfinished } from "@bluegreen/core";
import type { Holder, Lease, LeaseRequest, LeaseStore } from "../contracts/lease.ts";
import { engine } from "../dynamic/engine-watch.ts";

/** A holder renews every third of this; who finds no renewal for this long may take the lease over. Milliseconds. */
export const leaseTtlMs = 9_000;
const pollMs = 500;

/** `user@host pid 4711`, as the journal and error messages name a run. */
export function writerName(): string {
  return `${userInfo().username}@${hostname()} pid ${process.pid}`;
}

/**
 * By which another run knows at once whether this one still lives, as long as it sees the same processes: on the same
 * machine since the same boot, and in the same pid namespace. Two CI containers may well have the same host name.
 */
export function processName(): string {
  return `${seenFrom()}:${process.pid}`;
}

/** Of one run alone, where the machine does not say since when it runs: then only heartbeats tell. */
const unlike = randomUUID();

/** `bootOf`: what tells this boot of the machine from any other; empty where nothing does. */
export function seenFrom(bootOf: () => string = bootId): string {
  const processes = textOf(() => readlinkSync("/proc/self/ns/pid"));
  const since = bootOf() || unlike;
  return `${hostname()}/${createHash("sha256").update(`${since} ${processes}`).digest("hex").slice(0, 8)}`;
}

const bootId = once(() => {
  if (process.platform !== "darwin") return textOf(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8"));
  return textOf(() => execFileSync("/usr/sbin/sysctl", ["-n", "kern.bootsessionuuid"], { encoding: "utf8" }));
});

function once(read: () => string): () => string {
  let known: string | undefined;
  return () => {
    known ??= read();
    return known;
  };
}

/** Empty where there is no such thing. */
function textOf(read: () => string): string {
  try {
    return read().trim();
  } catch {
    return "";
  }
}

/** The claim's standing attempt, as text beside what else a lease says; one without has none. */
export function standingText({ standing }: Claim): string | null {
  return standing ? JSON.stringify(standing) : null;
}

export function parseStanding(text: string | undefined): Pick<Claim, "standing"> {
  return text === undefined ? {} : { standing: JSON.parse(text) as Attempted };
}

/** Takes the lease, or says who holds it. Waits up to `leaseTtlMs` to learn whether a foreign holder is alive. */
export async function takeLease(
  store: LeaseStore,
  request: LeaseRequest,
): Promise<Lease | { readonly heldBy: string }> {
  let unfinished: Unfinished | null = null;
  for (let round = 0; round < 5; round++) {
    const claimed = claim(request.wish, request.sealed ?? false, request.seen, unfinished);
    const id = await store.create(claimed);
    if (id !== null) return hold(store, id, unfinished, claimed);
    const holder = await store.read();
    if (holder === null) continue;
    if (await isAlive(store, holder)) return { heldBy: `${holder.unfinished.owner}, since ${holder.unfinished.since}` };
    unfinished = holder.unfinished;
    // By id: if another run took it over first, this removes nothing of theirs.
    await store.remove(holder.id);
  }
  return { heldBy: "several runs that take it over from each other" };
}

/** A holder is alive while its heartbeat changes; on this machine its process tells at once. */
async function isAlive(store: LeaseStore, holder: Holder): Promise<boolean> {
  const [host, pid] = holder.process.split(":");
  const died = () => host === seenFrom() && !processRuns(Number(pid));
  if (died()) return false;
  const first = await store.heartbeat(holder.id);
  for (let waited = 0; waited < leaseTtlMs; waited += pollMs) {
    await sleep(pollMs);
    if ((await store.heartbeat(holder.id)) !== first) return true;
    if (died()) return false;
  }
  return false;
}

function processRuns(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function hold(store: LeaseStore, id: string, unfinished: Unfinished | null, claimed: Claim): Lease {
  // A run whose engine is gone is dead to whoever waits to learn that, even while its process still ends.
  const renew = async () => ((await engine.isGone()) ? undefined : store.renew(id).catch(() => {}));
  const first = renew();
  const timer = setInterval(() => void renew(), leaseTtlMs / 3);
  timer.unref();
  return {
    unfinished,
    claim: claimed,
    lost: () => store.lost(id),
    abandon: () => clearInterval(timer),
    async release() {
      clearInterval(timer);
      await first;
      await store.remove(id);
    },
  };
}
