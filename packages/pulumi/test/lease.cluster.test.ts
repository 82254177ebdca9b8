import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import type { Observation } from "@bluegreen/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Lease } from "../src/contracts/lease.ts";
import { leaseTtlMs, processName, takeLease } from "../src/cutover/lease.ts";
import { KubernetesLeases, readUnfinished } from "../src/kubernetes/lease.ts";
import { ClusterBed } from "./cluster-bed.ts";

const seen: Observation = { color: "blue", record: null, intact: true, current: true, movedBy: null };

/** Another process that this one sees. */
const neighbour = (pid: number | undefined) => processName().replace(/\d+$/, `${pid}`);

describe("the lease on a cluster", { timeout: 60_000 }, () => {
  let bed: ClusterBed;
  beforeAll(async () => {
    bed = await ClusterBed.open("lease");
  }, 60_000);
  afterAll(() => bed?.close());

  const take = (attempt = 1, app = bed.app) =>
    takeLease(new KubernetesLeases(bed.client, { app, attempt }), { attempt, wish: "green", seen });
  const held = async (attempt = 1): Promise<Lease> => {
    const lease = await take(attempt);
    if ("heldBy" in lease) throw new Error(lease.heldBy);
    return lease;
  };
  /** Someone else rewrites who holds it: another machine, whose process nobody here can look at. */
  const pretend = (process: string) =>
    bed.client.patch("Lease", bed.app, { metadata: { annotations: { "bluegreen/process": process } } }, "test");

  test("is held by one run, which learns it when it is taken over", async () => {
    const lease = await held(7);
    expect(lease.unfinished).toBeNull();
    expect(lease.claim).toEqual({ from: "blue", to: "green" });
    expect(await lease.lost()).toBeNull();
    expect(await readUnfinished(bed.client, bed.app)).toMatchObject({ attempt: 7, from: "blue", to: "green" });
    await lease.release();
    expect(await readUnfinished(bed.client, bed.app)).toBeNull();
    expect(await lease.lost()).toBe("another run took it over");
  });

  test("of a living run is not taken over", async () => {
    const lease = await held();
    await pretend("ci-other:1");
    const second = await take(2);
    expect(second).toEqual({ heldBy: expect.stringContaining(`@${hostname()} pid ${process.pid}, since 20`) });
    expect(await lease.lost()).toBeNull();
    await lease.release();
  });

  test("goes to one of many that want it at once", async () => {
    const results = await Promise.all(Array.from({ length: 8 }, (_, index) => take(index + 1)));
    const holders = results.filter((result): result is Lease => !("heldBy" in result));
    expect(holders).toHaveLength(1);
    await holders[0]?.release();
  });

  test("that another machine no longer renews is taken over, with what was unfinished", async () => {
    const dead = await held(3);
    await pretend("ci-other:1");
    dead.abandon();
    const started = performance.now();
    const lease = await held(4);
    expect(performance.now() - started).toBeGreaterThan(leaseTtlMs - 1_000);
    expect(lease.unfinished).toMatchObject({ attempt: 3, from: "blue", to: "green" });
    expect(await dead.lost()).toBe("another run took it over");
    // The old holder wakes up: neither its renewal nor its release touches the new lease.
    const old = new KubernetesLeases(bed.client, { app: bed.app, attempt: 3 });
    const before = await bed.client.read("Lease", bed.app);
    await dead.release();
    expect(await lease.lost()).toBeNull();
    await expect(old.renew("00000000-0000-0000-0000-000000000000")).rejects.toMatchObject({ status: 422 });
    expect((await bed.client.read("Lease", bed.app))?.metadata.uid).toBe(before?.metadata.uid);
    await lease.release();
  });

  test("abandoned by one is taken over by one of many at once", async () => {
    const dead = await held(3);
    await pretend(neighbour(999_999_999));
    dead.abandon();
    const results = await Promise.all(Array.from({ length: 6 }, (_, index) => take(index + 10)));
    const holders = results.filter((result): result is Lease => !("heldBy" in result));
    const alive = await Promise.all(holders.map((holder) => holder.lost()));
    expect(alive.filter((reason) => reason === null)).toHaveLength(1);
    for (const holder of holders) await holder.release();
  });

  test("of a killed process on this machine is taken over at once", async () => {
    const child: ChildProcess = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    const dead = await held(5);
    await pretend(neighbour(child.pid));
    dead.abandon();
    child.kill("SIGKILL");
    await once(child, "exit");
    const started = performance.now();
    const lease = await held(6);
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(lease.unfinished?.attempt).toBe(5);
    await lease.release();
  });

  test("that is none of ours is refused, and the fix is named", async () => {
    await bed.client.create("Lease", "other", { spec: { holderIdentity: "someone" } }, "test");
    await expect(readUnfinished(bed.client, "other")).rejects.toThrow(
      `remove it: kubectl -n ${bed.namespace} delete lease other`,
    );
  });
});
