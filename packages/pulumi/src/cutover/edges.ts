import { setTimeout as sleep } from "node:timers/promises";
import {
  type Color,
  type Command,
  type CutoverRecord,
  type DrainRecord,
  type Event,
  type Images,
  latchesAfter,
  leavesLease,
  logAfter,
  milliseconds,
  type Origin,
  type Outcome,
  type Plan,
  type RouterRecord,
  revertOf,
  strangeImages,
  verifiedAfter,
} from "@bluegreen/core";
import type { Lease } from "../contracts/lease.ts";
import type { Seen } from "../contracts/router.ts";
import type { Site } from "../contracts/site.ts";
import { engine } from "../dynamic/engine-watch.ts";
import { Progress } from "../dynamic/progress.ts";
import { leaveCandidate } from "../gates/failed-candidate.ts";
import { reasonOf } from "../io/reason.ts";
import { fingerprint } from "../routers/interpret.ts";
import { Answering } from "./answering.ts";
import type { World } from "./driver.ts";
import { DutyWatch } from "./duty.ts";
import { keepAttempt } from "./kept-refusal.ts";
import { writerName } from "./lease.ts";
import { Looks } from "./looks.ts";
import type { CutoverInputs } from "./state.ts";
import { Bake, verify } from "./verification.ts";

/** Pause before the router is asked again after a write that failed. Milliseconds. */
const reobservePauseMs = 500;

/** The cutover's edges: each carries one command of the machine out on the platform and answers with an event. */
export class Edges implements World {
  switchMs: number | null = null;
  drained: DrainRecord | null = null;
  readonly askedFrom;
  readonly overrides: readonly string[];
  readonly rollback: boolean;
  /** What became of a candidate that failed, in words; empty when there is none. */
  left = "";
  readonly interrupted = engine.gone;
  readonly cancelled = engine.cancelled;
  private readonly inputs: CutoverInputs;
  private readonly site: Site;
  private readonly duty: DutyWatch | null;
  private readonly looks: Looks;
  private readonly progress: Progress;
  private lease: Lease | null = null;
  private seen: Seen | null = null;
  private baking: Bake | null = null;
  private ended: string | null = null;
  /** Crashes of the candidate that were known before the switch, or have been counted since. */
  private crashes: ReadonlySet<string> = new Set();
  /** What the color ran when it was last asked whether it is ready. */
  private images: Images | null = null;
  /** Backends of someone else that this run took the traffic from, for a revert. */
  private taken: readonly string[] = [];

  constructor(inputs: CutoverInputs, site: Site) {
    this.inputs = inputs;
    this.site = site;
    this.duty = site.duty && new DutyWatch(site.duty, (color) => this.newCrash(color));
    this.looks = new Looks(inputs, site, this.duty);
    this.askedFrom = site.address?.asker?.from;
    this.progress = new Progress(inputs.progressUrn);
    this.overrides = inputs.overrides ?? [];
    this.rollback = inputs.rollback ?? false;
    void this.cancelled.then((reason) => {
      this.ended = reason;
      this.baking?.stop();
    });
  }

  get gapMs(): number | null {
    return this.duty?.gapMs ?? null;
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
      case "look":
        return this.look(command.color);
      case "bake":
        return this.bake(command.color);
      case "drain":
        return this.drain(command.color);
      case "end":
        throw new TypeError("the end is not to be carried out");
      default:
        return command satisfies never;
    }
  }

  private async takeLease({ attempt, wish, sealed }: Plan): Promise<Event> {
    const seen = await this.seeAwake().catch((error) => reasonOf(error));
    // Without it the lease could not say where a revert goes, should this run be killed.
    if (typeof seen === "string") return { type: "unreachable", reason: seen };
    const lease = await this.site.routing.takeLease({ attempt, wish, seen: seen.observation, sealed: sealed[wish] });
    if ("heldBy" in lease) return { type: "leaseHeld", by: lease.heldBy };
    this.lease = lease;
    return { type: "leased", unfinished: lease.unfinished, claim: lease.claim };
  }

  /** What the router says, once it runs. */
  private async seeAwake(): Promise<Seen> {
    const { router, targets } = this.site.routing;
    await this.site.address?.container?.wake();
    return router.observe(targets);
  }

  private async observe(): Promise<Event> {
    const { router, targets } = this.site.routing;
    if (this.seen) await sleep(reobservePauseMs);
    const seen = await router.observe(targets);
    await this.site.tidying.sweep(seen.backends);
    await this.site.address?.container?.leadToColors();
    this.seen = seen;
    return { type: "observed", observation: seen.observation };
  }

  private async inspect(color: Color): Promise<Event> {
    const { backends } = this.site;
    const reason = await backends.whyNotReady(color);
    this.images = (await backends.tags?.images(color).catch(() => null)) ?? null;
    this.crashes = new Set(await backends.crashes(color));
    return reason === null ? { type: "ready" } : { type: "notReady", reason };
  }

  private async write(color: Origin, latch: string | null, plan: Plan): Promise<Event> {
    if (!this.seen) throw new TypeError("a write needs an observation");
    // Noted before the write, whose fate may stay unknown.
    if (latch === null && this.seen.observation.color === "foreign") this.taken = this.seen.backends;
    const foreign = color === "foreign";
    const { router, targets } = this.site.routing;
    const backends = foreign ? this.taken : color ? targets[color] : [];
    const record = this.recordOf(foreign ? null : color, latch, plan, foreign ? [] : backends);
    const before = this.seen.backends;
    // Of what is started by the write every crash is a new one.
    if (this.duty && color && !foreign) this.crashes = new Set(await this.site.backends.crashes(color));
    const written = await router.write(backends, record, this.seen, () => this.fenced());
    const { result, token, ms, leftAt = null, reason = "" } = written;
    if (result === "conflict") return { type: "conflict" };
    this.duty?.handedOver(leftAt);
    if (result === "stuck") {
      const observation = { color, record, intact: true, current: false, movedBy: null };
      this.seen = { observation, backends: [...new Set([...before, ...backends])], token };
      return { type: "breached", reason };
    }
    if (latch === null) this.switchMs = ms;
    // The next compare-and-swap, of a revert, is against what was just written.
    this.seen = { observation: { color, record, intact: !foreign, current: true, movedBy: null }, backends, token };
    return { type: "written" };
  }

  private recordOf(color: Color | null, latch: string | null, plan: Plan, backends: readonly string[]): RouterRecord {
    const { app, versions } = this.inputs;
    const at = new Date().toISOString();
    const { wish, attempt, release } = plan;
    const seen = this.seen?.observation;
    const before = seen?.record?.latches ?? [];
    // Of a revert that an earlier run has begun; the color may have a new version since.
    const begun = revertOf(before, wish, attempt);
    const added = latch === null ? null : (begun ?? { color: wish, release, attempt, at, reason: latch });
    const to = { color, release: color ? (versions[color] ?? null) : null, reverts: latch !== null };
    const unfinished = this.lease?.unfinished ?? null;
    const migrations = seen && logAfter(seen, unfinished, this.inputs.irreversible ?? null, to);
    const verifications = seen
      ? verifiedAfter(seen, unfinished, { ...to, backends: fingerprint(backends), latch: added })
      : {};
    const known = seen?.record?.images;
    const images = color && latch === null && this.images ? { ...known, [color]: this.images } : known;
    return {
      app,
      active: color,
      release: to.release,
      backends: fingerprint(backends),
      attempt,
      writer: writerName(),
      at,
      latches: latchesAfter(before, verifications.verified, { color, added }),
      ...verifications,
      ...(images ? { images } : {}),
      ...(migrations ? { migrations } : {}),
    };
  }

  private verify(color: Color): Promise<Event> {
    this.progress.tell(`${this.nameOf(color)} is live, asking the live address`, true);
    return verify(this.looks, color, this.inputs.verification);
  }

  /** What this run changed in front of it may take a moment to come up, and there is nothing to go back to. */
  private async look(color: Color): Promise<Event> {
    // What ended by itself did so before this run.
    this.crashes = new Set(await this.site.backends.crashes(color).catch(() => []));
    const answering = new Answering(this.inputs, this.site, this.duty);
    return verify(answering, color, { ...this.inputs.verification, failureLimit: Number.POSITIVE_INFINITY });
  }

  private bake(color: Color): Promise<Event> {
    const tell = (line: string, begins?: boolean) =>
      this.progress.tell(`${this.nameOf(color)} is live, ${line}`, begins);
    const newCrash = () => this.newCrash(color);
    this.baking = new Bake(this.looks, color, this.inputs.verification, { newCrash, tell });
    return this.baking.run();
  }

  private nameOf(color: Color): string {
    return `${color} ${this.inputs.versions[color] ?? ""}`.trim();
  }

  private async newCrash(color: Color): Promise<string | null> {
    const crashes = await this.site.backends.crashes(color).catch(() => []);
    const fresh = crashes.find((crash) => !this.crashes.has(crash)) ?? null;
    this.crashes = new Set([...this.crashes, ...crashes]);
    return fresh ?? this.strangeImage(color);
  }

  /** A pod that came during the bake and runs what its tag leads to by now. */
  private async strangeImage(color: Color): Promise<string | null> {
    const running = this.images && (await this.site.backends.tags?.images(color).catch(() => null));
    return this.images && running ? (strangeImages(this.images, running)[0] ?? null) : null;
  }

  private async drain(color: Color): Promise<Event> {
    const { within: span } = this.inputs.drain ?? { within: "0s" };
    const within = milliseconds(span);
    this.progress.tell(`moving what is still connected to ${this.nameOf(color)}, within ${span}`, true);
    const fenced = async () => this.ended ?? (await this.fenced()) ?? (await this.returned(color));
    this.drained = (await this.site.address?.drain(color, within, fenced)) ?? null;
    return { type: "drained" };
  }

  /** Why the color must be left alone after all: somebody sends users to it again, or that can't be ruled out. */
  private async returned(color: Color): Promise<string | null> {
    const { router, targets } = this.site.routing;
    const seen = await router.observe(targets).catch((error) => reasonOf(error));
    if (typeof seen === "string") return seen;
    return seen.backends.some((backend) => targets[color].includes(backend)) ? `traffic is back at ${color}` : null;
  }

  async close(record: CutoverRecord, outcome: Outcome): Promise<void> {
    this.looks.end();
    await this.progress.close();
    // Who is gone for its engine writes nothing more, also where nobody can be in its way.
    if (await engine.isGone()) return;
    // A run that was cut off leaves its lease behind: it proves whose attempt the router shows.
    const lease = this.lease !== null && (await this.fenced()) === null ? this.lease : null;
    if (lease && (outcome.kind === "refused" || outcome.kind === "reverted")) this.left = await this.leave(record);
    // What only brought the router up to date or looked at it is no news, unless the user had to allow it.
    const silent = (outcome.kind === "kept" && record.overrides.length === 0) || outcome.kind === "unanswered";
    const journaled = silent ? undefined : keepAttempt(this.site, record);
    if (lease && leavesLease(outcome, lease.unfinished)) lease.abandon();
    else await lease?.release();
    await journaled;
  }

  private leave({ to: color, release, attempt }: CutoverRecord): Promise<string> {
    const policy = this.inputs.failedCandidate ?? "keep";
    return leaveCandidate(this.site, { color, release, attempt }, policy, () => this.fenced());
  }
}
