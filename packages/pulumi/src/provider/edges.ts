import { setTimeout as sleep } from "node:timers/promises";
import {
  type Color,
  type Command,
  type CutoverRecord,
  type Event,
  type HttpCheckSettings,
  latchesAfter,
  leavesLease,
  milliseconds,
  type Outcome,
  type Plan,
  perColor,
  type RouterRecord,
} from "@bluegreen/core";
import type Docker from "dockerode";
import { connectDocker, reasonOf } from "../docker/client.ts";
import { putFile } from "../docker/files.ts";
import { findLeftovers, sweep, whyNotRunning } from "../docker/inventory.ts";
import { type Lease, takeLease, writerName } from "../docker/lease.ts";
import { tunnelAgent } from "../docker/tunnel.ts";
import { request } from "../http-request.ts";
import { CaddyRouter } from "../router/caddy.ts";
import { dialsOf, fingerprint, type Router, type Seen, type Targets } from "../router.ts";
import type { CutoverInputs, RouterInputs } from "./cutover.ts";
import { recordedIn } from "./cutover.ts";
import type { World } from "./driver.ts";
import { engine } from "./engine-watch.ts";

/** Pause before the router is asked again after a write that failed. Milliseconds. */
const reobservePauseMs = 500;
/** The router sends nothing to the old color any more once it took the write; answers of it are waited out this long. */
const verifyWithinMs = 15_000;
const verifyPauseMs = 20;
/** Deadline of the last look at a candidate's `ready` path before the switch. */
const readyTimeoutMs = 5_000;

/** The cutover's edges on Docker: each carries one command of the machine out and answers with an event. */
export class Edges implements World {
  switchMs: number | null = null;
  readonly interrupted = engine.gone;
  private readonly inputs: CutoverInputs;
  private readonly docker: Docker;
  private readonly router: Router;
  private readonly targets: Targets;
  private lease: Lease | null = null;
  private seen: Seen | null = null;

  constructor(inputs: CutoverInputs) {
    const { router, host, backends } = inputs;
    this.inputs = inputs;
    this.docker = connectDocker(host);
    this.router = new CaddyRouter(this.docker, { ...router, app: inputs.app });
    this.targets = perColor((color) => dialsOf(backends[color], router));
  }

  /** Where the router sends live traffic now. */
  see(): Promise<Seen> {
    return this.router.observe(this.targets);
  }

  async fenced(): Promise<string | null> {
    if (await engine.isGone()) return "the engine is gone";
    return this.lease ? this.lease.lost() : "it was never taken";
  }

  async perform(command: Command, plan: Plan): Promise<Event> {
    switch (command.do) {
      case "lease":
        return this.takeLease(plan);
      case "observe":
        return this.observe();
      case "inspect":
        return this.inspect(command.color);
      case "write":
        return this.write(command.color, command.latch, plan);
      case "verify":
        return this.verify(command.color);
      case "bake":
        return this.bake(command.color);
      case "end":
        throw new TypeError("the end is not to be carried out");
      default:
        return command satisfies never;
    }
  }

  private async takeLease(plan: Plan): Promise<Event> {
    const { app, router } = this.inputs;
    const seen = await this.see().catch((error) => reasonOf(error));
    // Without it the lease could not say where a revert goes, should this run be killed.
    if (typeof seen === "string") return { type: "unreachable", reason: seen };
    const lease = await takeLease(this.docker, {
      app,
      attempt: plan.attempt,
      wish: plan.wish,
      seen: seen.observation,
      image: router.image,
    });
    if ("heldBy" in lease) return { type: "leaseHeld", by: lease.heldBy };
    this.lease = lease;
    return { type: "leased", unfinished: lease.unfinished, claim: lease.claim };
  }

  private async observe(): Promise<Event> {
    if (this.seen) await sleep(reobservePauseMs);
    const { app } = this.inputs;
    const [seen, leftovers] = await Promise.all([this.see(), findLeftovers(this.docker, app, recordedIn(this.inputs))]);
    await sweep(this.docker, leftovers, seen.backends.map(hostOf));
    this.seen = seen;
    return { type: "observed", observation: seen.observation };
  }

  /** All of the color's containers run, and those behind the router say that they are ready. */
  private async inspect(color: Color): Promise<Event> {
    const { backends, router } = this.inputs;
    const [stopped, unready] = await Promise.all([
      whyNotRunning(this.docker, backends[color]),
      whyNotReady(this.docker, router, this.targets[color]),
    ]);
    const reason = stopped ?? unready;
    return reason === null ? { type: "ready" } : { type: "notReady", reason };
  }

  private async write(color: Color | null, latch: string | null, plan: Plan): Promise<Event> {
    if (!this.seen) throw new TypeError("a write needs an observation");
    const backends = color ? this.targets[color] : [];
    const record = this.recordOf(color, latch, plan, backends);
    const { result, token, ms } = await this.router.write(backends, record, this.seen);
    if (result === "conflict") return { type: "conflict" };
    if (latch === null) this.switchMs = ms;
    // The next compare-and-swap, of a revert, is against what was just written.
    this.seen = { observation: { color, record, intact: true, current: true }, backends, token };
    return { type: "written" };
  }

  private recordOf(color: Color | null, latch: string | null, plan: Plan, backends: readonly string[]): RouterRecord {
    const { app, versions } = this.inputs;
    const at = new Date().toISOString();
    const { wish, attempt, release } = plan;
    const added = latch === null ? null : { color: wish, release, attempt, at, reason: latch };
    const before = this.seen?.observation.record?.latches ?? [];
    const latches = latchesAfter(before, versions, added).filter((one) => latch !== null || one.color !== color);
    return {
      app,
      active: color,
      release: color ? (versions[color] ?? null) : null,
      backends: fingerprint(backends),
      attempt,
      writer: writerName(),
      at,
      latches,
    };
  }

  /** Answers of this color in a row through the live address, each on a new connection. */
  private async verify(color: Color): Promise<Event> {
    const { answers } = this.inputs.verification;
    const deadline = Date.now() + verifyWithinMs;
    let inARow = 0;
    let failures = 0;
    let last = "";
    while (inARow < answers) {
      const problem = await this.checkOnce(color);
      inARow = problem ? 0 : inARow + 1;
      if (problem) {
        last = problem.reason;
        if (problem.counts) failures++;
        if (failures >= this.inputs.verification.failureLimit) return { type: "breached", reason: last };
        if (Date.now() > deadline) return { type: "breached", reason: `${last} (waited ${verifyWithinMs / 1000} s)` };
        await sleep(verifyPauseMs);
      }
    }
    return { type: "passed" };
  }

  private async bake(color: Color): Promise<Event> {
    const { bake, interval, failureLimit } = this.inputs.verification;
    const end = Date.now() + milliseconds(bake);
    let failures = 0;
    while (Date.now() < end) {
      const problem = await this.checkOnce(color);
      if (problem && ++failures >= failureLimit) return { type: "breached", reason: problem.reason };
      await sleep(Math.max(0, Math.min(milliseconds(interval), end - Date.now())));
    }
    return { type: "passed" };
  }

  /** Every check once through the live address; an answer of the other color does not count as the color's failure. */
  private async checkOnce(color: Color): Promise<{ reason: string; counts: boolean } | null> {
    for (const check of this.inputs.verification.checks) {
      const problem = await this.checkLive(color, check);
      if (problem) return problem;
    }
    return null;
  }

  private async checkLive(color: Color, check: HttpCheckSettings): Promise<{ reason: string; counts: boolean } | null> {
    try {
      const answer = await this.router.ask(check.path, milliseconds(check.timeout));
      if (!this.targets[color].includes(answer.backend)) {
        return {
          reason: `the live address was answered by ${answer.backend || "no backend"}, not by ${color}`,
          counts: false,
        };
      }
      if (answer.status === check.status) return null;
      return { reason: `${color} answered ${check.path} with ${answer.status}, not ${check.status}`, counts: true };
    } catch (error) {
      return { reason: `the live address did not answer ${check.path}: ${reasonOf(error)}`, counts: true };
    }
  }

  async close(record: CutoverRecord, outcome: Outcome): Promise<void> {
    // A run that was cut off leaves its lease behind: it proves whose attempt the router shows.
    if (this.lease === null || (await this.fenced()) !== null) return;
    const journaled = outcome.kind === "kept" ? undefined : this.journal(record);
    if (leavesLease(outcome, this.lease.unfinished)) this.lease.abandon();
    else await this.lease.release();
    await journaled;
  }

  /** One file an attempt beside the router's own data; losing it must not fail a cutover. */
  private async journal(record: CutoverRecord): Promise<void> {
    const path = `/data/bluegreen/journal/${String(record.attempt).padStart(6, "0")}.json`;
    await putFile(this.docker, this.inputs.router.container, path, `${JSON.stringify(record)}\n`).catch((error) => {
      console.error(`the journal of attempt ${record.attempt} could not be kept: ${reasonOf(error)}`);
    });
  }
}

/** Why one of these backends, asked from where traffic will come, does not say that it is ready; `null` if all do. */
async function whyNotReady(docker: Docker, router: RouterInputs, targets: readonly string[]): Promise<string | null> {
  const agent = tunnelAgent(docker, router.container);
  try {
    for (const target of targets) {
      const ask = { host: hostOf(target), port: router.port, path: router.ready, timeoutMs: readyTimeoutMs, agent };
      const { status } = await request(ask);
      if (status !== 200) return `${target}${router.ready} answered ${status}, not 200`;
    }
    return null;
  } catch (error) {
    return reasonOf(error);
  } finally {
    agent.destroy();
  }
}

function hostOf(target: string): string {
  return target.slice(0, target.lastIndexOf(":"));
}
