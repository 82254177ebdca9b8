import {
  begin,
  type Command,
  type CutoverRecord,
  type DrainRecord,
  type Event,
  isCancellable,
  next,
  type Origin,
  type Outcome,
  type Plan,
  type State,
} from "@bluegreen/core";
import { reasonOf } from "../io/reason.ts";
import { writerName } from "./lease.ts";

/** The world as the machine's commands meet it. Each returns the event that answers the command. */
export interface World {
  /** Carries one command out. A rejection counts as the failure that the command's state expects. */
  perform(command: Command, plan: Plan): Promise<Event>;
  /** Why this run may not write any more, or `null`. Asked before every write. */
  fenced(): Promise<string | null>;
  /** Resolves when the run is fenced while a command is under way. */
  readonly interrupted: Promise<string>;
  /** Resolves, with words, when the user ends the run. */
  readonly cancelled: Promise<string>;
  /** How long the write took that moved the traffic; `null` when nothing moved. Milliseconds. */
  readonly switchMs: number | null;
  /** How long neither the color that was left nor its successor was at work; `null` where they overlap. Milliseconds. */
  readonly gapMs: number | null;
  /** What became of the connections to the color that was left; `null` when none were to be moved. */
  readonly drained: DrainRecord | null;
  /** From where the live address was asked, if not by the deployer itself. */
  readonly askedFrom?: string | undefined;
  /** The user's words by which this cutover is legal. */
  readonly overrides: readonly string[];
  /** It goes back to a release that was verified live. */
  readonly rollback?: boolean;
  /** Lets go of the lease (unless it was lost) and keeps the record. */
  close(record: CutoverRecord, outcome: Outcome): Promise<void>;
}

/** Runs the cutover machine against the world until it ends. */
export async function drive(plan: Plan, world: World): Promise<{ outcome: Outcome; record: CutoverRecord }> {
  const started = Date.now();
  let step = begin();
  while (step.state.at !== "ended") {
    const event = await carryOut(step.command, step.state, plan, world);
    step = next(plan, step.state, event);
  }
  const { outcome } = step.state;
  const record: CutoverRecord = {
    attempt: plan.attempt,
    from: originOf(outcome),
    to: plan.wish,
    release: plan.release,
    outcome: outcome.kind,
    ...causeOf(outcome),
    overrides: world.overrides,
    at: new Date(started).toISOString(),
    switchMs: world.switchMs,
    gapMs: world.gapMs,
    drain: world.drained,
    totalMs: Date.now() - started,
    writer: writerName(),
    ...(world.rollback ? { rollback: true } : {}),
    ...(world.askedFrom ? { askedFrom: world.askedFrom } : {}),
  };
  await world.close(record, outcome);
  return { outcome, record };
}

function causeOf(outcome: Outcome): Pick<CutoverRecord, "reason" | "code"> {
  return "code" in outcome ? { reason: outcome.reason, code: outcome.code } : { reason: "" };
}

function originOf(outcome: Outcome): Origin {
  if (outcome.kind === "switched") return outcome.from;
  if (outcome.kind === "reverted") return outcome.to;
  return outcome.kind === "kept" ? outcome.color : null;
}

async function carryOut(command: Command, state: State, plan: Plan, world: World): Promise<Event> {
  if (command.do === "write") {
    const reason = await world.fenced();
    if (reason !== null) return { type: "leaseLost", reason };
  }
  const ended = isCancellable(state) ? await settledBy(world.cancelled) : null;
  if (ended !== null) return { type: "cancelled", reason: ended };
  const interrupted = world.interrupted.then((reason): Event => ({ type: "leaseLost", reason }));
  const performed = world.perform(command, plan).catch((error): Event => failureOf(state, reasonOf(error)));
  // A write that was sent has to be waited for: its fate decides what the router shows.
  if (command.do === "write") return performed;
  const event = await Promise.race([performed, interrupted, ...cancels(command, state, world)]);
  if (command.do !== "bake" || event.type !== "passed") return event;
  // What the bake saw counts only if nobody else could have moved the traffic meanwhile.
  const reason = await world.fenced();
  return reason === null ? event : { type: "leaseLost", reason };
}

/** A look at what is live is not waited for; what looks before the switch ends soon. */
function cancels({ do: what }: Command, state: State, { cancelled }: World): Promise<Event>[] {
  if (!isCancellable(state) || (what !== "verify" && what !== "bake")) return [];
  return [cancelled.then((reason): Event => ({ type: "cancelled", reason }))];
}

/** What a promise is resolved with by now, or `null`. */
function settledBy(promise: Promise<string>): Promise<string | null> {
  return Promise.race([promise, Promise.resolve(null)]);
}

/** What an edge's failure means to the state that waits for it. */
function failureOf(state: State, reason: string): Event {
  switch (state.at) {
    case "leasing":
      return { type: "leaseLost", reason };
    case "observing":
    case "reobserving":
      return { type: "unreachable", reason };
    case "inspecting":
      return { type: "notReady", reason };
    case "switching":
    case "reverting":
      return { type: "writeFailed", reason };
    default:
      return { type: "breached", reason };
  }
}
