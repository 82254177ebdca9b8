import { type Claim, cutOffRevert, type Unfinished } from "../src/claim.ts";
import { type Color, colors, type PerColor, perColor } from "../src/color.ts";
import type * as states from "../src/cutover-states.ts";
import type { Evidence } from "../src/evidence.ts";
import * as group from "../src/group.ts";
import type * as interlock from "../src/interlock.ts";
import { type Latch, type Observation, type RouterRecord, revertOf } from "../src/record.ts";
import { Fate, promise, type Rules } from "./model-rules.ts";
import { Run } from "./model-run.ts";

/**
 * A world in which whole `pulumi up`s run against the real rules: a router that other hands write to as well, writes of
 * unknown fate, runs that are killed, leases that are lost, candidates that are not ready or fail. Everything that
 * happens comes from a list of numbers, so that fast-check can search and shrink it. What the rules promise is checked
 * against the world's own truth, which no rule can see.
 */

/** What one of the app's routers does. */
interface Traffic {
  /** `blue@3`: the third containers of blue; `other@1`: nobody's; empty: none. */
  readonly backends: string;
  readonly record: RouterRecord | null;
  readonly token: number;
  /** Someone else wrote last. */
  readonly hand: boolean;
}

interface Lease extends Unfinished {
  /** Its holder is another run that is alive. */
  readonly alive: boolean;
}

/** Where traffic was, and with which release. */
interface Place {
  readonly color: Color | null;
  readonly release: string;
}

/** A release by its version, and by the edit of the program that it is from. */
interface Edition {
  readonly version: number;
  readonly edit: number;
  /** The version before it. */
  readonly before: number;
}

export type Write = states.Command & { do: "write" };

export type Ended = states.Outcome | { readonly kind: "killed" } | { readonly kind: "stopped"; readonly why: string };

const unwritten: Traffic = { backends: "", record: null, token: 0, hand: false };
/** What a router that had no record is given back. */
const nothing = { active: null, release: null, backends: "", attempt: 0, latches: [], verified: [] } as const;

const gate = "http-1";

export class World {
  private readonly rules: Rules;
  private readonly fate: Fate;
  /** In the order in which they are switched. */
  private routers: readonly Traffic[];
  private lease: Lease | null = null;
  private memory: interlock.Memory<string> | null = null;
  /** The present `up` is a new attempt. */
  private begins = false;
  private evidence: Evidence[] = [];
  /** What the gates were run against last, as `identityOf` names it. */
  private checked = "";
  /** What Pulumi's state says is live; `null`: it says nothing. */
  private recorded: Color | "foreign" | null = null;
  /** What the program says of each color. */
  private wished: PerColor<Edition> = perColor(() => ({ version: 1, edit: 1, before: 1 }));
  private edits = 1;
  /** Releases that users have been with. */
  private readonly lived = new Set<string>();
  /** Those of them that were with their users to the end of a bake, by their containers. */
  private readonly baked = new Set<string>();
  /** Versions that were reverted, whatever became of the router's record. */
  private readonly reverted = new Map<string, Color>();
  private containers: PerColor<number> = { blue: 1, green: 1 };
  /** The last write took effect, but what was to end by it has not. */
  incomplete = false;
  /** Someone else has moved the traffic since a run of ours last ended well. */
  meddled = false;
  /** Where traffic was before an attempt moved it that has not ended yet, and before the last such move. */
  private unresolved: { readonly origin: Place; readonly before: Place } | null = null;

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
  calmUp(wish: Color, renewed: readonly Color[] = colors): Ended {
    const calm = new Fate([]);
    if (this.lease) this.lease = { ...this.lease, alive: false };
    const seen = this.look();
    for (const color of ["blue", "green"] as const) {
      // A wish for another version of what users get to has been refused; it is taken back.
      const version = this.memory?.releases[color]?.version;
      if (group.isReached(seen, color) && version) this.edit(color, Number(version));
      const begun = seen.intact && group.isReached(seen, color);
      const latched = color === wish && this.latched.some((one) => one.release === String(this.wished[color].version));
      if (seen.color !== color && !begun && (latched || renewed.includes(color))) {
        this.bump(color, false);
        this.edit(color);
      }
    }
    return this.run(wish, seen.color, true, calm);
  }

  /** Users of one router get to one color, and those of another to the other. */
  get mixed(): boolean {
    return new Set(this.routers.map(({ backends }) => backends)).size > 1;
  }

  /** A revert has been begun and not carried out in full. */
  get cutOff(): boolean {
    return this.mixed || cutOffRevert(this.look(), this.lease) !== undefined;
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
      else if (seen.color !== color) this.edit(color);
    }
    if (this.routers.length > 1 && this.routers.length < 4 && fate.happens(5)) this.addRouter();
  }

  private addRouter(): void {
    this.routers = this.fate.pick([...this.routers, unwritten], [unwritten, ...this.routers]);
    this.story.push(`one more router: ${this.shown}`);
  }

  private bump(color: Color, version: boolean): void {
    this.containers = { ...this.containers, [color]: this.containers[color] + 1 };
    if (!version) return;
    // Or the one before it once more, by another program.
    this.edit(color, this.fate.happens(25) ? this.wished[color].before : undefined);
  }

  private edit(color: Color, version?: number): void {
    const edit = ++this.edits;
    this.wished = { ...this.wished, [color]: { version: version ?? edit, edit, before: this.wished[color].version } };
  }

  private meddle(): void {
    const backends = this.fate.pick("other@1", this.targets("blue"), this.targets("green"));
    const wipes = !this.fate.happens(50);
    const several = this.routers.length > 1;
    const all = several && this.fate.happens(30);
    const chosen = several && !all ? this.fate.pick(0, 1, 2, 3) % this.routers.length : 0;
    this.routers = this.routers.map((router, index) =>
      all || index === chosen
        ? { backends, record: wipes ? null : router.record, token: router.token + 1, hand: true }
        : router,
    );
    for (const color of colors) if (this.dials.includes(this.targets(color))) this.serves(color);
    // What the routers kept of it is lost with their records.
    if (wipes) this.reverted.clear();
    this.story.push(`someone else sends traffic to ${this.shown}`);
    this.meddled = true;
  }

  private get shown(): string {
    return this.routers.map(({ backends }) => backends || "nowhere").join(" ");
  }

  private targets(color: Color): string {
    return `${color}@${this.containers[color]}`;
  }

  private look(): Observation {
    return { ...this.rules.combine(this.each()), targets: perColor((one) => this.targets(one)) };
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
    return { color, record, intact, current, movedBy: null, targets: perColor((one) => this.targets(one)) };
  }

  private run(wish: Color, force: Color | "foreign" | null, allowLiveChange: boolean, fate: Fate): Ended {
    const wishes: interlock.Wish<string> = {
      activeColor: wish,
      releases: {
        blue: { version: String(this.wished.blue.version), definition: `d${this.wished.blue.edit}` },
        green: { version: String(this.wished.green.version), definition: `d${this.wished.green.edit}` },
      },
      allowLiveChange,
      force,
      retry: null,
      irreversible: {},
      returnPast: null,
      adopts: true,
    };
    this.story.push(`up: ${wish}, of blue ${this.wished.blue.version} and green ${this.wished.green.version}`);
    const unreachable = fate.happens(3);
    const sight: interlock.Sight = unreachable
      ? { kind: "unreachable", reason: "no route" }
      : { kind: "seen", observation: this.look(), unfinished: this.lease };
    const decision = this.rules.decide(this.memory, wishes, sight, (a, b) => a === b);
    if (decision.faults.length > 0 || unreachable) {
      return { kind: "stopped", why: decision.faults.map(({ code, problem }) => `${code}: ${problem}`).join("; ") };
    }
    if (!allowLiveChange) this.watchReleases(decision.memory);
    this.begins = decision.memory.attempt !== this.memory?.attempt;
    this.memory = decision.memory;
    if (this.begins && decision.memory.rollback) this.watchRollback(wish);
    // By whose hand ever.
    const seen = this.look();
    for (const color of colors) if (seen.color === color || group.isReached(seen, color)) this.serves(color);
    // Gates run when the attempt is new, unless `--target` leaves them out.
    if (this.begins && !fate.happens(8)) {
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
    return `${this.targets(color)} of ${this.releaseOf(color)} in attempt ${attempt}`;
  }

  private releaseOf(color: Color): string {
    const { version, definition } = this.memory?.releases[color] ?? {};
    return `${color} ${version} ${definition}`;
  }

  private serves(color: Color): void {
    this.lived.add(this.releaseOf(color));
  }

  /** Users have been with the very release that the color has now. */
  hasServed(color: Color): boolean {
    return this.lived.has(this.releaseOf(color));
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

  /** Fewer gates are for what has proven itself, and is what it was. */
  private watchRollback(wish: Color): void {
    const { version = "" } = this.memory?.releases[wish] ?? {};
    promise(
      this.baked.has(this.standing(wish)),
      `${this.standing(wish)} is gone back to, and was never live for a bake`,
    );
    promise(this.reverted.get(version) !== wish, `${wish} ${version} was reverted, and is gone back to`);
  }

  /** The release and its containers. */
  private standing(color: Color): string {
    return `${this.releaseOf(color)} on ${this.targets(color)}`;
  }

  /** This color was watched to the end of a bake by the run that ends. */
  bakes(color: Color): void {
    this.baked.add(this.standing(color));
  }

  /** The same release has other containers, which have answered by now. */
  goesOnBaked(color: Color): void {
    if (this.hasBaked(color)) this.bakes(color);
  }

  /** Whatever containers it had. */
  private hasBaked(color: Color): boolean {
    return [...this.baked].some((one) => one.startsWith(`${this.releaseOf(color)} on `));
  }

  /** This version was taken back from its users, and nobody has named it to be tried again. */
  wasReverted(release: string, color: Color): boolean {
    const by = this.reverted.get(release);
    return by === color || (by !== undefined && !this.hasBaked(color));
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
      sealed: perColor((color) => releases[color]?.sealed ?? false),
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
    if (ended.kind !== "refused" && ended.kind !== "unanswered") {
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
      origin: this.back(this.open?.origin),
      before: this.back(this.open?.before),
      moved: this.open !== null && this.open.origin.color !== null,
    };
  }

  /** The color of a place, as long as it has the release that it had. */
  private back(place: Place | undefined): Color | null | undefined {
    if (!place || place.color === null) return place?.color;
    return place.release === this.releaseOf(place.color) ? place.color : undefined;
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
    const claim = this.rules.claim(plan.wish, plan.sealed[plan.wish], this.look(), unfinished);
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

  /** `before`: where traffic was when the run last looked; `goesOn`: with an attempt that had not ended. */
  write(
    command: Write,
    plan: states.Plan,
    seen: readonly Traffic[],
    before: Observation["color"],
    goesOn: boolean,
    unfinished: Unfinished | null,
    foreign: readonly string[],
    fate: Fate,
  ): { readonly result: group.PartWritten | "killed"; readonly effect: boolean } {
    const { color, latch } = command;
    const open = this.open;
    const begun = revertOf(this.latched, plan.wish, plan.attempt);
    const wish = this.recordOf(command, plan, unfinished);
    const backends = (index: number) => (color === "foreign" ? (foreign[index] ?? "") : wish.backends);
    const result = this.writeAll(seen, wish, backends, fate);
    const effect = this.routers.some(({ record }) => record === wish);
    const { before: way, origin } = this.unresolved ?? {};
    const undoes = latch !== null || (goesOn && !this.begins);
    const takesBack = undoes && (this.back(way) === color || this.back(origin) === color);
    const halfBack = takesBack && result !== "written";
    if (effect && color !== null && color !== "foreign") this.serves(color);
    if (effect && latch !== null) this.reverted.set(begun?.release ?? plan.release, plan.wish);
    if (!effect || halfBack) return { result, effect };
    // Undone already, by a write of which the run did not learn.
    if (goesOn && this.unresolved === null) return { result, effect };
    if (!goesOn) this.unresolved = open;
    if (latch === null && before !== color) {
      const from = before === "foreign" ? null : before;
      const place = { color: from, release: from === null ? "" : this.releaseOf(from) };
      const first = this.unresolved?.origin;
      this.unresolved = { origin: first && this.back(first) !== undefined ? first : place, before: place };
    }
    if (this.back(this.unresolved?.origin) === color && result === "written") this.unresolved = null;
    return { result, effect };
  }

  private recordOf({ color, latch }: Write, plan: states.Plan, unfinished: Unfinished | null): RouterRecord {
    const begun = revertOf(this.latched, plan.wish, plan.attempt);
    const fresh = { color: plan.wish, release: plan.release, attempt: plan.attempt, at: "", reason: latch ?? "" };
    const added = latch === null ? null : (begun ?? fresh);
    const versions = perColor((it) => this.memory?.releases[it]?.version ?? "");
    const active = color === "foreign" ? null : color;
    const seen = this.look();
    const verifications = this.rules.verifiedAfter(seen, unfinished, {
      color: active,
      release: active && versions[active],
      backends: active ? this.targets(active) : "",
      latch: added,
    });
    return {
      app: "shop",
      active,
      release: active && versions[active],
      backends: active ? this.targets(active) : "",
      attempt: plan.attempt,
      writer: "ann",
      at: "",
      latches: this.rules.latchesAfter(this.latched, verifications.verified, { color: active, added }),
      ...verifications,
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
    // What is neither what was there nor what was written is someone else's.
    if (at === "restoring" && now.record !== wish && now.token !== before.token) return "written";
    const { hand } = before;
    const restored = { backends: before.backends, record: before.record ?? { ...wish, ...nothing }, hand };
    const next = at === "writing" ? { backends, record: wish, hand: false } : restored;
    this.routers = this.routers.map((router, at) => (at === index ? { ...next, token: router.token + 1 } : router));
    return "written";
  }
}
