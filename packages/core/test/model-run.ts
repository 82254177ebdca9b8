import type { Unfinished } from "../src/claim.ts";
import { type Color, otherColor } from "../src/color.ts";
import { isCancellable } from "../src/cutover.ts";
import type * as states from "../src/cutover-states.ts";
import * as group from "../src/group.ts";
import { type Observation, revertOf } from "../src/record.ts";
import { Broken, type Fate, promise, type Rules } from "./model-rules.ts";
import type { Ended, World, Write } from "./model-world.ts";

const stepLimit = 40;

/** One cutover: answers the machine's commands and watches that it keeps its promises. */
export class Run {
  private readonly world: World;
  private readonly rules: Rules;
  private readonly fate: Fate;
  private readonly plan: states.Plan;
  private start: Color | null | "foreign" = null;
  /** Where an attempt that this run goes on with came from. */
  private ways: readonly (Color | null | undefined)[] = [];
  /** Where traffic was when this run's own write took it from there. */
  private replaced: Observation["color"] | undefined;
  /** Backends of someone else that it took traffic from. */
  private foreign: readonly string[] = [];
  private leased = false;
  private lost = false;
  private seen: World["observed"] | null = null;
  private unfinished: Unfinished | null = null;
  private ready: Color | null = null;
  private effects = 0;
  private readonly verified = new Set<Color>();
  private baked = false;
  /** The latch was written; someone else may have wiped it since. */
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
      const event = this.cancels(step.state) ? cancelled : this.answer(step.command);
      if (event === "killed") return { kind: "killed" };
      this.world.story.push(`${JSON.stringify(step.command)} → ${JSON.stringify(event)}`);
      step = this.rules.next(this.plan, step.state, event);
    }
    const { outcome } = step.state;
    this.judge(outcome);
    if (outcome.kind === "switched" && this.baked) this.world.bakes(this.plan.wish);
    if (outcome.kind === "kept") this.world.goesOnBaked(this.plan.wish);
    // A run that was cut off leaves its lease, too: it proves whose attempt the router shows.
    if (this.leased && !this.lost && !this.rules.leavesLease(outcome, this.unfinished)) this.world.dropLease();
    return outcome;
  }

  private cancels(state: states.State): boolean {
    return isCancellable(state) && this.fate.happens(2);
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
      case "look":
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
  private remember({ observation, origin, before, moved }: World["observed"]): void {
    if (this.seen) return;
    this.start = observation.color;
    this.ways = [before, origin];
    this.resumed = moved && origin !== this.plan.wish && this.start === this.plan.wish && !this.world.meddled;
  }

  private write(command: Write): states.Event | "killed" {
    this.permit(command);
    const { fate, world, plan } = this;
    if (command.latch === null && this.seen?.observation.color === "foreign") this.foreign = this.seen.dials;
    if (this.hostile && fate.happens(70)) return fate.pick<states.Event>({ type: "conflict" }, writeFailed);
    const inDoubt = fate.happens(10);
    if (inDoubt && fate.happens(50)) return writeFailed;
    const { routers = [], observation } = this.seen ?? {};
    const before = observation?.color ?? null;
    const goesOn = this.ways[1] !== undefined;
    const { result, effect } = world.write(command, plan, routers, before, goesOn, this.unfinished, this.foreign, fate);
    if (result === "conflict") return { type: "conflict" };
    if (effect) {
      this.effects++;
      this.latched ||= revertOf(world.latched, plan.wish, plan.attempt) !== undefined;
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
    if (color !== null && color !== "foreign") {
      const gated = color === plan.wish && plan.missing.length === 0 && world.wasChecked(plan);
      promise(gated || world.hasServed(color), `${color} goes live with a release that no gate has seen`);
    }
    if (latch !== null) {
      // After someone else no lease may tell where traffic was: then it goes where some of the users already are.
      const untold = world.meddled && color !== null && color !== "foreign" && group.isReached(seen.observation, color);
      const back =
        untold ||
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
    promise(ours || plan.force === at || adopted, "a write over what someone else moved");
    const undoes = (seen.origin === plan.wish || seen.before === plan.wish) && world.hasServed(plan.wish);
    promise(undoes || plan.missing.length === 0, "a switch without complete evidence");
    promise(undoes || world.wasChecked(plan), "a switch to containers that no gate of this attempt has seen");
    promise(undoes || !world.wasReverted(plan.release, plan.wish), "a latched release goes live again");
  }

  /** What an outcome claims must be so. */
  private judge(outcome: states.Outcome): void {
    const { world, plan } = this;
    const { observation, routers } = world.observed;
    const { wish } = plan;
    switch (outcome.kind) {
      case "switched":
      case "kept":
        promise(observation.color === wish, `${outcome.kind}, but traffic is at ${observation.color}`);
        promise(observation.current && !world.mixed, `${outcome.kind}, but the router dials ${world.dials}`);
        promise(this.verified.has(wish), "not verified");
        if (this.moved(outcome) || this.resumed) promise(this.baked, "live without a bake");
        return;
      case "unanswered":
      case "refused":
        promise(this.effects === 0, `${outcome.kind}, but something was written`);
        return;
      case "reverted":
        // Nobody is asked where there is no color, so what someone else does at the last moment goes unseen.
        if (outcome.to === null && world.meddled) return;
        promise(outcome.to === "foreign" || !world.mixed, `reverted, but the routers dial ${world.dials}`);
        if (outcome.to === "foreign") {
          // What was moved once more meanwhile is left to who did it. Seen together, what was foreign may be a color again.
          const kept = routers.every(({ backends, hand }, index) => hand || backends === this.foreign[index]);
          promise(kept, "given back to other backends");
        } else {
          promise(observation.color === outcome.to, `reverted to ${outcome.to}; traffic is at ${observation.color}`);
        }
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
    const undone = this.ways.includes(this.plan.wish);
    return !undone && this.start !== "foreign" && this.start !== this.plan.wish;
  }
}

const cancelled = { type: "cancelled", reason: "it was cancelled" } as const;
const breached = { type: "breached", reason: "answered 500" } as const;
const writeFailed = { type: "writeFailed", reason: "timeout" } as const;
