import { createHash } from "node:crypto";
import { readlinkSync } from "node:fs";
import type { Claim, Observation } from "@bluegreen/core";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Holder, Lease, LeaseStore } from "../src/contracts/lease.ts";
import { leaseTtlMs, parseStanding, processName, seenFrom, standingText, takeLease } from "../src/cutover/lease.ts";

const seen: Observation = { color: "blue", record: null, intact: true, current: true, movedBy: null };
const wish = { attempt: 2, wish: "green", seen } as const;

/** One lease at a time, in memory; `beats` is what its holder renews. */
class Store implements LeaseStore {
  holder: Holder | null = null;
  beats = 0;
  /** Somebody else who renews it. */
  alive = false;
  private made = 0;

  async create(claim: Claim): Promise<string | null> {
    if (this.holder) return null;
    const unfinished = { ...claim, attempt: 2, owner: "me", since: "now" };
    this.holder = { id: `lease ${++this.made}`, process: processName(), unfinished };
    return this.holder.id;
  }
  async read() {
    return this.holder;
  }
  async heartbeat() {
    if (this.alive) this.beats++;
    return String(this.beats);
  }
  async renew(id: string) {
    if (this.holder?.id === id) this.beats++;
  }
  async remove(id: string) {
    if (this.holder?.id === id) this.holder = null;
  }
  async lost(id: string) {
    return this.holder?.id === id ? null : "another run took it over";
  }
}

const unfinished = { attempt: 1, from: "green", to: "blue", owner: "ann", since: "9:00" } as const;
const elsewhere = (process: string): Holder => ({ id: "theirs", process, unfinished });

async function taken(store: Store): Promise<Lease> {
  const lease = await takeLease(store, wish);
  if ("heldBy" in lease) throw new Error(lease.heldBy);
  return lease;
}

describe("a lease", () => {
  afterEach(() => void vi.useRealTimers());

  test("is taken when there is none, renewed while it is held, and gone when it is let go", async () => {
    vi.useFakeTimers();
    const store = new Store();
    const lease = await taken(store);
    expect(await lease.lost()).toBeNull();
    const before = store.beats;
    await vi.advanceTimersByTimeAsync(leaseTtlMs);
    expect(store.beats - before).toBeGreaterThanOrEqual(2);
    await lease.release();
    expect(store.holder).toBeNull();
  });

  test("that is abandoned lies there without a heartbeat", async () => {
    vi.useFakeTimers();
    const store = new Store();
    const lease = await taken(store);
    lease.abandon();
    const before = store.beats;
    await vi.advanceTimersByTimeAsync(3 * leaseTtlMs);
    expect(store.beats).toBe(before);
    expect(store.holder).not.toBeNull();
  });

  test("of a run on another machine is its own as long as it renews it", async () => {
    const store = new Store();
    // Here a process of that number does not run; there it does.
    store.holder = elsewhere("another/machine:999999999");
    store.alive = true;
    expect(await takeLease(store, wish)).toEqual({ heldBy: "ann, since 9:00" });
    expect(store.holder?.id).toBe("theirs");
  });

  test("that nobody renews is taken over after its time, with what it says was left unfinished", async () => {
    const store = new Store();
    store.holder = elsewhere(`another/machine:${process.pid}`);
    const began = Date.now();
    expect((await taken(store)).unfinished).toEqual(unfinished);
    expect(Date.now() - began).toBeGreaterThan(leaseTtlMs - 1_000);
    expect(store.holder?.id).toBe("lease 1");
  });

  test("that was taken over with an unfinished attempt in place says so in its stead", async () => {
    const store = new Store();
    const record = { attempt: 1 } as Observation["record"];
    store.holder = elsewhere(processName().replace(/\d+$/, "999999999"));
    const lease = await takeLease(store, { ...wish, sealed: false, seen: { ...seen, record } });
    const standing = { attempt: 1, from: "green", to: "blue" } as const;
    expect(lease).toMatchObject({ claim: { from: "blue", to: "green", standing } });
    expect(parseStanding(standingText({ from: "blue", to: "green", standing }) ?? undefined)).toEqual({ standing });
    expect(parseStanding(standingText({ from: "blue", to: "green" }) ?? undefined)).toEqual({});
  });

  test("is judged by its process only where the machine tells one boot from another", () => {
    expect(seenFrom(() => "one boot")).toBe(seenFrom(() => "one boot"));
    expect(seenFrom(() => "one boot")).not.toBe(seenFrom(() => "another"));
    // A run that can't tell is like no other run, which it would not be if it were told by its host's name alone.
    const untold = createHash("sha256")
      .update(` ${readlinkSync("/proc/self/ns/pid")}`)
      .digest("hex")
      .slice(0, 8);
    expect(seenFrom(() => "")).not.toContain(untold);
  });

  test("of a process of this machine that is gone is taken over at once", async () => {
    const store = new Store();
    store.holder = elsewhere(processName().replace(/\d+$/, "999999999"));
    expect((await taken(store)).unfinished).toEqual(unfinished);
  });
});
