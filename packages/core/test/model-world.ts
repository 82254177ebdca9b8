import { type Color, otherColor, type PerColor } from "../src/color.ts";
import * as cutover from "../src/cutover.ts";
import type * as states from "../src/cutover-states.ts";
import { type Evidence, missingEvidence } from "../src/evidence.ts";
import * as group from "../src/group.ts";
import * as interlock from "../src/interlock.ts";
import type { Claim, Latch, Observation, RouterRecord, Unfinished } from "../src/record.ts";
import { claim, latchesAfter } from "../src/record.ts";

/**
 * A world in which whole `pulumi up`s run against the real rules: a router that other hands write to as well, writes of
 * unknown fate, runs that are killed, leases that are lost, candidates that are not ready or fail. Everything that
 * happens comes from a list of numbers, so that fast-check can search and shrink it. What the rules promise is checked
 * against the world's own truth, which no rule can see.
 */

/** The rules under test; a mutation replaces one of them. */
export interface Rules {
  readonly begin: typeof cutover.begin;
  readonly next: typeof cutover.next;
  readonly decide: typeof interlock.decide;
  readonly claim: typeof claim;
  readonly leavesLease: typeof cutover.leavesLease;
  readonly missingEvidence: typeof missingEvidence;
  readonly combine: typeof group.combine;
  readonly beginWrite: typeof group.beginWrite;
  readonly nextWrite: typeof group.nextWrite;
}

export const rules: Rules = {
  begin: cutover.begin,
  next: cutover.next,
  decide: interlock.decide,
  claim,
  leavesLease: cutover.leavesLease,
  missingEvidence,
  combine: group.combine,
  beginWrite: group.beginWrite,
  nextWrite: group.nextWrite,
};

/** Draws what happens. Zero, and the end of the list, is what goes well. */
export class Fate {
  private readonly numbers: readonly number[];
  private at = 0;

  constructor(numbers: readonly number[]) {
    this.numbers = numbers;
  }

  /** True in about this many of a hundred cases. */
  happens(percent: number): boolean {
    return this.draw() >= 100 - percent;
  }

  pick<T>(...choices: readonly [T, ...T[]]): T {
    return choices[this.draw() % choices.length] as T;
  }

  private draw(): number {
    return this.numbers[this.at++] ?? 0;
  }
}

/** A promise that was broken. */
export class Broken extends Error {}

export function promise(kept: boolean, words: string): asserts kept {
  if (!kept) throw new Broken(words);
}

/** What one of the app's routers does. */
interface Traffic {
  /** `blue@3`: the third containers of blue; `other@1`: nobody's; empty: none. */
  readonly backends: string;
  readonly record: RouterRecord | null;
  readonly token: number;
}

interface Lease extends Unfinished {
  /** Its holder is another run that is alive. */
  readonly alive: boolean;
}

type Write = states.Command & { do: "write" };

type Ended = states.Outcome | { readonly kind: "killed" } | { readonly kind: "stopped"; readonly why: string };

const unwritten: Traffic = { backends: "", record: null, token: 0 };
/** What a router that had no record is given back. */
const nothing = { active: null, release: null, backends: "", attempt: 0, latches: [] } as const;

const stepLimit = 40;
const gate = "http-1";

export class World {
  private readonly rules: Rules;
  private readonly fate: Fate;
  /** In the order in which they are switched. */
  private routers: readonly Traffic[];
  private lease: Lease | null = null;
  private memory: interlock.Memory<string> | null = null;
  private evidence: Evidence[] = [];
  /** What the gates were run against last, as `identityOf` names it. */
  private checked = "";
  /** What Pulumi's state says is live; `null`: it says nothing. */
  private recorded: Color | "foreign" | null = null;
  private versions: PerColor<number> = { blue: 1, green: 1 };
  private containers: PerColor<number> = { blue: 1, green: 1 };
  /** The last write took effect, but what was to end by it has not. */
  incomplete = false;
  /** Another hand has moved the traffic since a run of ours last ended well. */
  meddled = false;
  /** How often another hand has moved traffic. */
  moves = 0;
  /** Where traffic was before an attempt moved it that has not ended yet, and before the last such move. */
  private unresolved: { readonly origin: Color | null; readonly before: Color | null } | null = null;

  /** What happened, for the message of a test that fails. */
  readonly story: string[] = [];

  constructor(rules: Rules, fate: Fate, routers = 1) {
    this.rules = rules;
    this.fate = fate;
    this.routers = Array.from({ length: routers }, () => unwritten);
  }

  /** One `pulumi up` in which anything may go wrong. */
  up(): Ended {
    const { fate } = this;
    this.betweenRuns();
    const wish = fate.pick<Color>("green", "blue");
    const force = fate.happens(15) ? this.look().color : null;
    return this.run(wish, force, false, fate);
  }

  /** One `pulumi up` in which nothing goes wrong, of a user who does what the refusals say. */
  calmUp(wish: Color): Ended {
    const calm = new Fate([]);
    if (this.lease) this.lease = { ...this.lease, alive: false };
    const seen = this.look();
    for (const color of ["blue", "green"] as const) {
      // A wish for another version of what users get to has been refused; it is taken back.
      const version = this.memory?.releases[color]?.version;
      if (group.isReached(seen, color) && version) this.versions = { ...this.versions, [color]: Number(version) };
    }
    const begun = seen.intact && group.isReached(seen, wish);
    if (seen.color !== wish && !begun) this.bump(wish, true);
    return this.run(wish, seen.color, true, calm);
  }

  /** Users of one router get to one color, and those of another to the other. */
  get mixed(): boolean {
    return new Set(this.routers.map(({ backends }) => backends)).size > 1;
  }

  private betweenRuns(): void {
    const { fate } = this;
    if (fate.happens(10)) this.meddle();
    if (this.lease) this.lease = { ...this.lease, alive: fate.happens(5) };
    for (const color of ["blue", "green"] as const) {
      // A new version of an idle color, or containers that crashed and were made anew.
      if (!fate.happens(10)) continue;
      const seen = this.look();
      if (!group.isReached(seen, color)) this.bump(color, seen.color !== color);
      else if (seen.color !== color) this.versions = { ...this.versions, [color]: this.versions[color] + 1 };
    }
    if (this.routers.length > 1 && this.routers.length < 4 && fate.happens(5)) this.addRouter();
  }

  private addRouter(): void {
    this.routers = this.fate.pick([...this.routers, unwritten], [unwritten, ...this.routers]);
    this.story.push(`one more router: ${this.shown}`);
  }

  private bump(color: Color, version: boolean): void {
    this.containers = { ...this.containers, [color]: this.containers[color] + 1 };
    if (version) this.versions = { ...this.versions, [color]: this.versions[color] + 1 };
  }

  private meddle(): void {
    const backends = this.fate.pick("other@1", this.targets("blue"), this.targets("green"));
    const wipes = !this.fate.happens(50);
    const several = this.routers.length > 1;
    const all = several && this.fate.happens(30);
    const chosen = several && !all ? this.fate.pick(0, 1, 2, 3) % this.routers.length : 0;
    this.routers = this.routers.map((router, index) =>
      all || index === chosen ? { backends, record: wipes ? null : router.record, token: router.token + 1 } : router,
    );
    this.story.push(`another hand sends traffic to ${this.shown}`);
    this.meddled = true;
    this.moves++;
  }

  private get shown(): string {
    return this.routers.map(({ backends }) => backends || "nowhere").join(" ");
  }

  private targets(color: Color): string {
    return `${color}@${this.containers[color]}`;
  }

  private look(): Observation {
    return this.rules.combine(this.each());
  }

  private each(): group.Part[] {
    return this.routers.map((router, index) => ({ name: `router ${index}`, observation: this.lookAt(router) }));
  }

  /** As a router's `observe` interprets what it reads. */
  private lookAt({ backends, record }: Traffic): Observation {
    const intact = backends === (record?.backends ?? "");
    const owner = (["blue", "green"] as const).find((color) => backends === this.targets(color));
    const color = intact ? (record?.active ?? null) : backends === "" ? null : (owner ?? "foreign");
    const current = !this.incomplete && color !== "foreign" && backends === (color ? this.targets(color) : "");
    return { color, record, intact, current, movedBy: null };
  }

  private run(wish: Color, force: Color | "foreign" | null, allowLiveChange: boolean, fate: Fate): Ended {
    const wishes: interlock.Wish<string> = {
      activeColor: wish,
      releases: {
        blue: { version: String(this.versions.blue), definition: "d" },
        green: { version: String(this.versions.green), definition: "d" },
      },
      allowLiveChange,
      force,
      retry: null,
      irreversible: {},
      returnPast: null,
      adopts: true,
    };
    this.story.push(`up: ${wish}`);
    const unreachable = fate.happens(3);
    const sight: interlock.Sight = unreachable
      ? { kind: "unreachable", reason: "no route" }
      : { kind: "seen", observation: this.look(), unfinished: this.lease };
    const decision = this.rules.decide(this.memory, wishes, sight, (a, b) => a === b);
    if (decision.faults.length > 0 || unreachable) {
      return { kind: "stopped", why: decision.faults.map((fault) => fault.problem).join("; ") };
    }
    if (!allowLiveChange) this.watchReleases(decision.memory);
    const begins = decision.memory.attempt !== this.memory?.attempt;
    this.memory = decision.memory;
    // Gates run when the attempt is new, unless `--target` leaves them out.
    if (begins && !fate.happens(8)) {
      if (fate.happens(8)) return { kind: "stopped", why: "a gate failed" };
      this.evidence = [this.proof(decision.memory)];
      this.checked = this.identityOf(decision.memory.candidate, decision.memory.attempt);
    }
    if (fate.happens(5)) this.bump(wish, false);
    const plan = this.plan(wish, force);
    const ended = new Run(this, this.rules, fate, plan).go();
    this.story.push(`ended: ${ended.kind} ${"reason" in ended ? ended.reason : ""}`);
    this.settle(ended, wish);
    return ended;
  }

  private identityOf(color: Color, attempt: number): string {
    return `${this.targets(color)} of version ${this.versions[color]} in attempt ${attempt}`;
  }

  /** The gates ran in this attempt, against these very containers. */
  wasChecked({ wish, attempt }: states.Plan): boolean {
    return this.checked === this.identityOf(wish, attempt);
  }

  /** What users get to stays what it is, by whichever router. */
  private watchReleases({ releases }: interlock.Memory<string>): void {
    for (const color of ["blue", "green"] as const) {
      const before = this.memory?.releases[color];
      const seen = this.each().filter(({ observation }) => observation.intact && observation.color === color);
      if (!before || seen.length === 0) continue;
      promise(releases[color]?.version === before.version, `${color} is changed while a router leads to it`);
    }
  }

  private proof(memory: interlock.Memory<string>): Evidence {
    const { attempt, candidate } = memory;
    const release = memory.releases[candidate]?.version ?? "";
    const subjects = [this.targets(candidate)];
    return { gate, attempt, color: candidate, release, subjects, passed: true, detail: "", at: "" };
  }

  private plan(wish: Color, force: Color | "foreign" | null): states.Plan {
    const { attempt = 0, releases = {} } = this.memory ?? {};
    const release = releases[wish]?.version ?? "";
    const demand = { gates: [gate], attempt, color: wish, release, subjects: [this.targets(wish)] };
    return {
      wish,
      attempt,
      release,
      missing: this.rules.missingEvidence(demand, this.evidence),
      force,
      adopts: true,
      drains: true,
    };
  }

  /** What the provider makes of an outcome in Pulumi's state. */
  private settle(ended: Ended, wish: Color): void {
    if (ended.kind === "killed" || ended.kind === "stopped") return;
    const live = this.look().color;
    if (ended.kind === "switched" || ended.kind === "kept") this.recorded = wish;
    else this.recorded = live;
    if (ended.kind === "partial") return;
    if (ended.kind !== "refused") {
      this.unresolved = null;
      this.meddled = false;
    }
    promise(
      this.meddled || this.recorded === live,
      `state says ${this.recorded}, traffic is at ${live} (${ended.kind})`,
    );
  }

  // What a run sees and does.

  get latched(): readonly Latch[] {
    return this.look().record?.latches ?? [];
  }

  get observed() {
    return {
      observation: this.look(),
      routers: this.routers,
      dials: this.dials,
      origin: this.origin,
      before: this.open?.before,
    };
  }

  get origin(): Color | null | undefined {
    return this.open?.origin;
  }

  /** The attempt that has not ended, as long as its traffic is in place. */
  private get open() {
    return this.look().intact ? this.unresolved : null;
  }

  interfere(): void {
    this.meddle();
  }

  takeLease(plan: states.Plan): { heldBy: string } | { unfinished: Unfinished | null; claim: Claim } {
    if (this.lease?.alive) return { heldBy: this.lease.owner };
    const unfinished = this.lease;
    const claim = this.rules.claim(plan.wish, this.look(), unfinished);
    this.lease = { attempt: plan.attempt, ...claim, owner: `run ${plan.attempt}`, since: "", alive: false };
    return { unfinished, claim };
  }

  dropLease(): void {
    this.lease = null;
  }

  answers(color: Color): boolean {
    return this.routers.every(({ backends }) => backends === this.targets(color));
  }

  get dials(): readonly string[] {
    return this.routers.map(({ backends }) => backends);
  }

  /** `before`: where traffic was when the run began; `goesOn`: with an attempt that had not ended. */
  write(
    command: Write,
    plan: states.Plan,
    seen: readonly Traffic[],
    before: Observation["color"],
    goesOn: boolean,
    foreign: readonly string[],
    fate: Fate,
  ): { readonly result: group.PartWritten | "killed"; readonly effect: boolean } {
    const { color, latch } = command;
    const open = this.open;
    const wish = this.recordOf(command, plan);
    const backends = (index: number) => (color === "foreign" ? (foreign[index] ?? "") : wish.backends);
    const result = this.writeAll(seen, wish, backends, fate);
    const effect = this.routers.some(({ record }) => record === wish);
    const { before: way, origin } = this.unresolved ?? {};
    const halfBack = result !== "written" && (way === color || origin === color);
    if (!effect || halfBack) return { result, effect };
    if (!goesOn) this.unresolved = open;
    if (latch === null && before !== color) {
      const from = before === "foreign" ? null : before;
      this.unresolved = { origin: this.unresolved ? this.unresolved.origin : from, before: from };
    }
    if (this.unresolved?.origin === color && result === "written") this.unresolved = null;
    return { result, effect };
  }

  private recordOf({ color, latch }: Write, plan: states.Plan): RouterRecord {
    const added = latch === null ? null : { color: plan.wish, release: plan.release, attempt: plan.attempt };
    const versions = { blue: String(this.versions.blue), green: String(this.versions.green) };
    return {
      app: "shop",
      active: color === "foreign" ? null : color,
      release: color === null || color === "foreign" ? null : versions[color],
      backends: color === null || color === "foreign" ? "" : this.targets(color),
      attempt: plan.attempt,
      writer: "ann",
      at: "",
      latches: latchesAfter(this.latched, versions, added && { ...added, at: "", reason: latch ?? "" }).filter(
        (one) => latch !== null || one.color !== color,
      ),
    };
  }

  /** Router by router, as the group's own rules say; each write is a compare-and-swap, and may fail in its own way. */
  private writeAll(
    seen: readonly Traffic[],
    wish: RouterRecord,
    backends: (index: number) => string,
    fate: Fate,
  ): group.PartWritten | "killed" {
    const { rules } = this;
    const several = this.routers.length > 1;
    let state = rules.beginWrite(
      seen.map((router) => this.lookAt(router)),
      wish,
    );
    while (state.at !== "ended") {
      const [index = 0] = state.left;
      if (several && fate.happens(4)) this.meddle();
      if (several && fate.happens(8)) return "killed";
      const lost = several && fate.happens(8);
      const event = lost && fate.happens(50) ? "failed" : this.writeOne(state.at, index, seen, wish, backends(index));
      this.story.push(`  ${state.at} router ${index}: ${lost ? "failed, though " : ""}${event}; ${this.shown}`);
      state = rules.nextWrite(state, lost ? "failed" : event);
    }
    return state.result;
  }

  private writeOne(
    at: "writing" | "restoring",
    index: number,
    seen: readonly Traffic[],
    wish: RouterRecord,
    backends: string,
  ): group.PartWritten {
    const now = this.routers[index] as Traffic;
    const before = seen[index];
    if (!before || (at === "writing" && now.token !== before.token)) return "conflict";
    // What is neither what was there nor what was written is another hand's.
    if (at === "restoring" && now.record !== wish && now.token !== before.token) return "written";
    const restored = { backends: before.backends, record: before.record ?? { ...wish, ...nothing } };
    const next = at === "writing" ? { backends, record: wish } : restored;
    this.routers = this.routers.map((router, at) => (at === index ? { ...next, token: router.token + 1 } : router));
    return "written";
  }
}

/** One cutover: answers the machine's commands and watches that it keeps its promises. */
class Run {
  private readonly world: World;
  private readonly rules: Rules;
  private readonly fate: Fate;
  private readonly plan: states.Plan;
  private start: Color | null | "foreign" = null;
  /** Where an attempt that this run goes on with came from. */
  private ways: readonly (Color | null | undefined)[] = [];
  /** Where traffic was when this run's own write took it from there. */
  private replaced: Observation["color"] | undefined;
  /** Backends of another hand that it took traffic from. */
  private foreign: readonly string[] = [];
  /** How often another hand had moved traffic before this run did. */
  private moves = 0;
  private leased = false;
  private lost = false;
  private seen: World["observed"] | null = null;
  private unfinished: Unfinished | null = null;
  private ready: Color | null = null;
  private effects = 0;
  private readonly verified = new Set<Color>();
  private baked = false;
  /** The latch was written; another hand may have wiped it since. */
  private latched = false;
  private readonly hostile: boolean;
  private readonly unwell: boolean;
  private resumed = false;

  constructor(world: World, rules: Rules, fate: Fate, plan: states.Plan) {
    this.world = world;
    this.rules = rules;
    this.fate = fate;
    this.plan = plan;
    this.hostile = fate.happens(10);
    this.unwell = fate.happens(20);
  }

  go(): Ended {
    let step = this.rules.begin();
    for (let steps = 0; step.state.at !== "ended"; steps++) {
      promise(steps < stepLimit, "the run does not end");
      promise(!this.lost, `"${step.command.do}" after the lease was lost`);
      if (this.fate.happens(4)) {
        if (step.command.do === "write" && this.fate.happens(50)) this.write(step.command);
        return { kind: "killed" };
      }
      const event = this.answer(step.command);
      if (event === "killed") return { kind: "killed" };
      this.world.story.push(`${JSON.stringify(step.command)} → ${JSON.stringify(event)}`);
      step = this.rules.next(this.plan, step.state, event);
    }
    const { outcome } = step.state;
    this.judge(outcome);
    // A run that was cut off leaves its lease, too: it proves whose attempt the router shows.
    if (this.leased && !this.lost && !this.rules.leavesLease(outcome, this.unfinished)) this.world.dropLease();
    return outcome;
  }

  private answer(command: states.Command): states.Event | "killed" {
    const { fate, world } = this;
    // Who moves traffic while connections are drained is refused by the edges, which look before each write.
    if (this.leased && command.do !== "drain" && fate.happens(4)) world.interfere();
    if (fate.happens(3)) {
      this.lost = true;
      return { type: "leaseLost", reason: "taken over" };
    }
    switch (command.do) {
      case "lease": {
        const taken = world.takeLease(this.plan);
        if ("heldBy" in taken) return { type: "leaseHeld", by: taken.heldBy };
        this.leased = true;
        this.unfinished = taken.unfinished;
        return { type: "leased", ...taken };
      }
      case "observe":
        if (fate.happens(this.hostile ? 40 : 5)) return { type: "unreachable", reason: "no route" };
        this.remember(world.observed);
        this.seen = world.observed;
        return { type: "observed", observation: this.seen.observation };
      case "inspect":
        this.ready = fate.happens(10) ? null : command.color;
        return this.ready ? { type: "ready" } : { type: "notReady", reason: "starting" };
      case "write":
        return this.write(command);
      case "verify":
        if (!world.answers(command.color) || (this.unwell && fate.happens(60))) return breached;
        this.verified.add(command.color);
        return { type: "passed" };
      case "bake":
        if (!world.answers(command.color) || (this.unwell && fate.happens(60))) return breached;
        this.baked = true;
        return { type: "passed" };
      case "drain":
        promise(this.verified.has(otherColor(command.color)), "drained before the other color was known to answer");
        promise(!world.answers(command.color), "drained the live color");
        return { type: "drained" };
      case "end":
        throw new Broken("the end was to be carried out");
      default:
        return command satisfies never;
    }
  }

  /** How things were when this run first looked. */
  private remember({ observation, origin, before }: World["observed"]): void {
    if (this.seen) return;
    this.start = observation.color;
    this.ways = [before, origin];
    const moved = (origin === "blue" || origin === "green") && origin !== this.plan.wish;
    this.resumed = moved && this.start === this.plan.wish && !this.world.meddled;
  }

  private write(command: Write): states.Event | "killed" {
    this.permit(command);
    const { fate, world, plan } = this;
    if (command.latch === null && this.seen?.observation.color === "foreign") this.foreign = this.seen.dials;
    if (command.latch === null) this.moves = world.moves;
    if (this.hostile && fate.happens(70)) return fate.pick<states.Event>({ type: "conflict" }, writeFailed);
    const inDoubt = fate.happens(10);
    if (inDoubt && fate.happens(50)) return writeFailed;
    const { routers = [] } = this.seen ?? {};
    const { result, effect } = world.write(
      command,
      plan,
      routers,
      this.start,
      this.ways[1] !== undefined,
      this.foreign,
      fate,
    );
    if (result === "conflict") return { type: "conflict" };
    if (effect) {
      this.effects++;
      this.latched ||= world.latched.some((one) => one.color === plan.wish && one.attempt === plan.attempt);
      const replaces = command.latch === null && this.seen?.observation.color !== plan.wish;
      if (replaces) this.replaced = this.seen?.observation.color;
    }
    if (result === "killed") return "killed";
    // What moves who runs is alone.
    if (effect && routers.length === 1) world.incomplete = fate.happens(inDoubt ? 50 : 4);
    if (inDoubt || result === "failed") return writeFailed;
    this.seen = world.observed;
    return world.incomplete ? breached : { type: "written" };
  }

  /** What must be true before anything is written. */
  private permit({ color, latch }: Write): void {
    const { seen, plan, world } = this;
    promise(this.leased && !this.lost, "a write without the lease");
    promise(seen !== null, "a write without an observation");
    const at = seen.observation.color;
    if (latch !== null) {
      const back =
        color === this.replaced ||
        this.ways.some((way) => way === color) ||
        (color === this.start && this.start !== plan.wish);
      promise(back, `a revert to ${color}; traffic was at ${this.ways[0] ?? this.start}`);
      const partly = group.isReached(seen.observation, plan.wish);
      promise(at === plan.wish || at === color || partly, `a revert over traffic at ${at}`);
      return;
    }
    promise(color === plan.wish, `a write of ${color}, which nobody wished`);
    promise(this.ready === color, "a write of a color that is not known to be ready");
    this.ready = null;
    if (at === plan.wish) return;
    const ours = seen.observation.intact && at !== "foreign";
    const adopted = plan.adopts && (seen.observation.record?.active ?? null) === null;
    promise(ours || plan.force === at || adopted, "a write over what another hand moved");
    const undoes = seen.origin === plan.wish || seen.before === plan.wish;
    promise(undoes || plan.missing.length === 0, "a switch without complete evidence");
    promise(undoes || world.wasChecked(plan), "a switch to containers that no gate of this attempt has seen");
    const latched = world.latched.some((one) => one.color === plan.wish && one.release === plan.release);
    promise(undoes || !latched, "a latched release goes live again");
  }

  /** What an outcome claims must be so. */
  private judge(outcome: states.Outcome): void {
    const { world, plan } = this;
    const { observation } = world.observed;
    const { wish } = plan;
    switch (outcome.kind) {
      case "switched":
      case "kept":
        promise(observation.color === wish, `${outcome.kind}, but traffic is at ${observation.color}`);
        promise(observation.current && !world.mixed, `${outcome.kind}, but the router dials ${world.dials}`);
        if (outcome.kind === "switched" || this.resumed) promise(this.verified.has(wish), "not verified");
        if (this.moved(outcome)) promise(this.baked, "live without a bake");
        return;
      case "refused":
        promise(this.effects === 0, "refused, but something was written");
        return;
      case "reverted":
        // Nobody is asked where there is no color, so what another hand does at the last moment goes unseen.
        if (outcome.to === null && world.meddled) return;
        promise(outcome.to === "foreign" || !world.mixed, `reverted, but the routers dial ${world.dials}`);
        if (outcome.to === "foreign") {
          // One of several routers may have been moved once more meanwhile; that one is left to who did it.
          const others = world.moves === this.moves ? [] : [...this.foreign.keys()].slice(1);
          const same = world.dials.map((dial, index) => dial === this.foreign[index]);
          promise(same.filter((it) => !it).length <= others.length, "given back to other backends");
        }
        promise(observation.color === outcome.to, `reverted to ${outcome.to}; traffic is at ${observation.color}`);
        promise(
          outcome.to === null || outcome.to === "foreign" || this.verified.has(outcome.to),
          "reverted, but the old color never answered",
        );
        promise(this.latched, "reverted without a latch");
        promise(outcome.to === "foreign" || !world.incomplete, "reverted, but the candidate did not end");
        return;
      case "partial":
        return;
      default:
        outcome satisfies never;
    }
  }

  /** The wish came from another color by a switch that could be reverted. */
  private moved(outcome: states.Outcome & { kind: "switched" | "kept" }): boolean {
    if (outcome.kind === "kept") return false;
    const undone = this.unfinished?.from === this.plan.wish;
    return !undone && this.start !== "foreign" && this.start !== this.plan.wish;
  }
}

const breached = { type: "breached", reason: "answered 500" } as const;
const writeFailed = { type: "writeFailed", reason: "timeout" } as const;
