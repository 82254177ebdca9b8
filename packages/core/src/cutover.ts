import { type Attempted, type Claim, claim, cutOffRevert, shownAttempt, type Unfinished, undoes } from "./claim.ts";
import type { Color } from "./color.ts";
import type { Context, Event, Origin, Outcome, Plan, Revert, State, Step, Way } from "./cutover-states.ts";
import type { FaultCode } from "./fault-codes.ts";
import { isReached } from "./group.ts";
import { describeForeign, describeRecord, type Latch, neverOurs, type Observation, revertOf } from "./record.ts";

/**
 * The cutover as a pure state machine: `next(state, event)` decides, the edges act. Its promises, property-tested:
 * nothing is written before the lease is held, every gate's evidence is complete and the candidate is ready; a failure
 * after the switch ends at the old color or says that it could not; after the lease is lost nothing is written.
 */

/** Tries of one write before the machine gives up on a router that keeps changing or failing under it. */
const maxWrites = 4;

export function begin(): Step {
  return { state: { at: "leasing" }, command: { do: "lease" } };
}

/** The next step. Throws a `TypeError` for an event that the state cannot get: a bug of the edges, not of a user. */
export function next(plan: Plan, state: State, event: Event): Step {
  if (state.at === "ended") throw new TypeError(`cutover has ended; it cannot get "${event.type}"`);
  if (event.type === "leaseLost") return lost(state, event.reason);
  if (event.type === "cancelled" && isCancellable(state)) return cancel(plan, state, event.reason);
  switch (state.at) {
    case "leasing":
      if (event.type === "leased")
        return observe({ unfinished: event.unfinished, claim: event.claim, tries: 0, doubt: null });
      if (event.type === "unreachable")
        return refuse("router-unreachable", `the router cannot be reached: ${event.reason}`);
      if (event.type === "leaseHeld") {
        const fix = "wait for it to end; one that was killed gives its lease up by itself";
        return refuse("lease-held", `another cutover is running: ${event.by} (${fix})`);
      }
      break;
    case "observing":
      if (event.type === "observed") return decide(plan, state.context, event.observation);
      if (event.type === "unreachable")
        return stop(state.context, "router-unreachable", `the router cannot be reached: ${event.reason}`);
      break;
    case "inspecting":
      if (event.type === "ready") return write(plan, state);
      if (event.type === "notReady")
        return stop(state.context, "not-ready", `${plan.wish} is not ready: ${event.reason}`);
      break;
    case "switching":
      if (event.type === "written") return verify(plan.wish, state);
      if (event.type === "conflict") return observe(state.context);
      if (event.type === "writeFailed") return observe(doubt(state, event.reason));
      if (event.type === "breached") return fail(plan, state, event.reason);
      break;
    case "verifying":
      if (event.type === "passed") return bake(plan, state);
      if (event.type === "breached") return fail(plan, state, event.reason);
      break;
    case "baking":
      if (event.type === "passed") return settled(plan, state);
      if (event.type === "breached") return fail(plan, state, event.reason);
      break;
    case "looking":
      if (event.type === "passed") return end({ kind: "kept", color: state.color });
      if (event.type === "breached")
        return end({ kind: "unanswered", color: state.color, code: "not-answering", reason: event.reason });
      break;
    case "reverting":
      if (event.type === "written") return confirm(state);
      if (event.type === "conflict") return reobserve(state, "the router kept changing under it");
      if (event.type === "writeFailed") return reobserve(state, event.reason);
      if (event.type === "breached") {
        return partial("revert-failed", `${state.reason}; the revert was not carried out: ${event.reason}`);
      }
      break;
    case "reobserving":
      if (event.type === "observed") return revertAgain(plan, state, event.observation);
      if (event.type === "unreachable") {
        if (state.tries < maxWrites) return { state: { ...state, tries: state.tries + 1 }, command: { do: "observe" } };
        return partial("revert-failed", `${state.reason}; the revert could not reach the router: ${event.reason}`);
      }
      break;
    case "confirming":
      if (event.type === "passed") return drain(plan, reverted(state));
      if (event.type === "breached") {
        const reason = `${state.reason}; traffic was sent back to ${state.from}, which does not answer either: ${event.reason}`;
        return partial("revert-failed", reason);
      }
      break;
    case "draining":
      if (event.type === "drained") return end(state.outcome);
      break;
    default:
      state satisfies never;
  }
  throw new TypeError(`cutover at "${state.at}" cannot get "${event.type}"`);
}

/** What the router says decides which road this is. */
function decide(plan: Plan, context: Context, seen: Observation): Step {
  const { wish } = plan;
  const { unfinished, doubt } = context;
  const sealed = plan.sealed[wish];
  const landed = seen.color === wish && seen.intact && seen.record?.attempt === plan.attempt ? doubt : null;
  if (landed === null && !sameClaim(context.claim, claim(wish, sealed, seen, unfinished))) {
    return stop(context, "moved", "traffic was moved meanwhile; run `pulumi up` again");
  }
  const own = shownAttempt(seen, unfinished);
  const cutOff = seen.color === wish && seen.intact ? latchOf(plan, seen) : undefined;
  const from = cutOff && cutOffFrom(wish, own, seen);
  if (cutOff && from !== undefined) return resumeRevert(from, cutOff);
  const begun = cutOffRevert(seen, unfinished);
  if (begun?.color === wish && begun.attempt === plan.attempt) return resumeRevert(seen.color, begun);
  if (seen.color === wish) {
    const way = landed ?? (own && resume(plan, own));
    if (!seen.intact || !seen.current) return inspect(wish, way ?? { mode: "repoint", from: wish }, context);
    return way ? verify(wish, way) : look(wish);
  }
  if (own && undoes(wish, sealed, own)) return inspect(wish, { mode: "recover", from: own.to }, context);
  const foreign = seen.color === "foreign" || !seen.intact;
  const adopted = plan.adopts && neverOurs(seen);
  if (foreign && plan.force !== seen.color && !adopted) return stop(context, "moved", describeForeign(seen));
  if (seen.record && seen.record.attempt >= plan.attempt) {
    const used = `attempt ${plan.attempt} has been used: the router says ${describeRecord(seen.record)}`;
    return stop(context, "attempt-used", `${used}; a whole \`pulumi up\` (without --target) makes a new one`);
  }
  if (plan.missing.length > 0)
    return stop(context, "evidence-missing", `the gates have not all passed: ${plan.missing.join("; ")}`);
  return inspect(wish, { mode: "cutover", from: seen.color }, context);
}

/** How an unfinished attempt to the wish is finished. */
function resume({ wish, sealed }: Plan, { from }: Attempted): Way {
  if (from === wish) return { mode: "repoint", from };
  return { mode: from === null || sealed[from] ? "cutover" : "finish", from };
}

/** This attempt's own latch: it has been reverted, or of several routers some have. */
function latchOf({ wish }: Plan, { record }: Observation): Latch | undefined {
  return revertOf(record?.latches ?? [], wish, record?.attempt);
}

/** Where a revert was going that was cut off between two routers. `undefined`: it was given up for the wish since. */
function cutOffFrom(wish: Color, own: Attempted | null, { reaches = [] }: Observation): Color | null | undefined {
  if (own && own.from !== wish) return own.from;
  return reaches.find((color) => color !== wish) ?? (own ? undefined : null);
}

function sameClaim(a: Claim, b: Claim): boolean {
  return a.from === b.from && a.to === b.to;
}

function observe(context: Context): Step {
  return { state: { at: "observing", context }, command: { do: "observe" } };
}

function inspect(color: Color, { mode, from }: Way, context: Context): Step {
  if (context.tries >= maxWrites) {
    const reason = context.doubt ? "it was not tried again" : "the router kept changing under the cutover";
    return stop(context, "router-unstable", reason);
  }
  return { state: { at: "inspecting", mode, from, context }, command: { do: "inspect", color } };
}

function write(plan: Plan, state: State & { at: "inspecting" }): Step {
  const context = { ...state.context, tries: state.context.tries + 1 };
  return { state: { ...state, at: "switching", context }, command: { do: "write", color: plan.wish, latch: null } };
}

function doubt({ mode, from, context }: State & { at: "switching" }, reason: string): Context {
  return { ...context, doubt: { mode, from, reason } };
}

function verify(color: Color, { mode, from }: Way): Step {
  return { state: { at: "verifying", mode, from }, command: { do: "verify", color } };
}

/** Nothing is to be written, and what this run changed before it may have broken what is live. */
function look(color: Color): Step {
  return { state: { at: "looking", color }, command: { do: "look", color } };
}

function bake(plan: Plan, { mode, from }: Way): Step {
  if (mode !== "cutover" && mode !== "finish") return settled(plan, { mode, from });
  return { state: { at: "baking", mode, from }, command: { do: "bake", color: plan.wish } };
}

function settled(plan: Plan, state: Way): Step {
  if (state.mode === "repoint") return end({ kind: "kept", color: plan.wish });
  const outcome: Outcome = { kind: "switched", from: state.from, to: plan.wish };
  // Nobody is connected to a release that is gone.
  return state.mode === "finish" ? end(outcome) : drain(plan, outcome);
}

/** Traffic is where it stays; what the color that it left still holds follows. */
function drain(plan: Plan, outcome: Outcome & { kind: "switched" | "reverted" }): Step {
  const left = outcome.kind === "switched" ? outcome.from : plan.wish;
  if (!plan.drains || left === null || left === "foreign") return end(outcome);
  return { state: { at: "draining", outcome }, command: { do: "drain", color: left } };
}

function fail(plan: Plan, state: Way, reason: string): Step {
  if (state.mode === "cutover") {
    const why = `${plan.wish} ${plan.release} failed after the switch: ${reason}`;
    return revert({ from: state.from, code: "failed-live", reason: why }, 0);
  }
  const gone = `; there is no way back, because ${state.from} has a release by now that was never live`;
  return partial("failed-live", `${plan.wish} is live and fails: ${reason}${state.mode === "finish" ? gone : ""}`);
}

function revert({ from, code, reason }: Revert, tries: number): Step {
  const state = { at: "reverting", from, code, reason, tries } as const;
  return { state, command: { do: "write", color: from, latch: reason } };
}

/** One that an earlier run has begun, for what its latch says. */
function resumeRevert(from: Origin, { reason }: Latch): Step {
  return revert({ from, code: "revert-resumed", reason }, 0);
}

function reobserve(state: State & { at: "reverting" }, trouble: string): Step {
  return { state: { ...state, at: "reobserving", trouble }, command: { do: "observe" } };
}

function revertAgain(plan: Plan, state: State & { at: "reobserving" }, seen: Observation): Step {
  const { from, tries, trouble } = state;
  const latches = seen.record?.latches ?? [];
  const latched = revertOf(latches, plan.wish, plan.attempt) !== undefined;
  // One of several routers may have been moved by someone else; users of the others need not stay with what failed.
  const partly = isReached(seen, plan.wish);
  const back = seen.color === from && (from === "foreign" || (seen.intact && seen.current)) && !partly;
  if (back && latched) return confirm(state);
  const ours = seen.color === from || (seen.color === plan.wish && seen.intact) || partly;
  if (ours && tries < maxWrites) return revert(state, tries + 1);
  const why = ours ? `could not be written: ${trouble}` : `found that ${describeForeign(seen)}`;
  return partial("revert-failed", `${state.reason}; the revert ${why}`);
}

function confirm({ from, code, reason }: Revert): Step {
  // What someone else's backends answer is not for this app to judge.
  if (from === null || from === "foreign") return end(reverted({ from, code, reason }));
  return { state: { at: "confirming", from, code, reason }, command: { do: "verify", color: from } };
}

function reverted({ from, code, reason }: Revert) {
  return { kind: "reverted", to: from, code, reason } as const;
}

/** Ends before the wish is reached: harmless as long as none of this run's writes may have taken effect. */
function stop({ doubt }: Context, code: FaultCode, reason: string): Step {
  if (doubt === null) return refuse(code, reason);
  const doubtful = `a write to the router was sent, and its fate is unknown (${doubt.reason})`;
  return partial("write-in-doubt", `${doubtful}; ${reason}`);
}

type Cancellable = State & { at: "observing" | "inspecting" | "verifying" | "baking" };

/** Where a run can be ended by its user at once; elsewhere it is on its way to an end, or a write is under way. */
export function isCancellable(state: State): state is Cancellable {
  return state.at === "observing" || state.at === "inspecting" || state.at === "verifying" || state.at === "baking";
}

/** What was not watched to the end of its bake does not stay, where there is a way back. */
function cancel(plan: Plan, state: Cancellable, reason: string): Step {
  if (state.at === "observing" || state.at === "inspecting") return stop(state.context, "cancelled", reason);
  if (state.mode === "cutover") {
    const why = `${plan.wish} ${plan.release} was live, and ${reason}`;
    return revert({ from: state.from, code: "cancelled", reason: why }, 0);
  }
  return partial("cancelled", `${plan.wish} is live, and ${reason}: it stays so, for the next run to go on`);
}

function lost(state: State, reason: string): Step {
  const sending = state.at === "switching" || !("context" in state);
  if (state.at === "leasing" || state.at === "looking" || (!sending && state.context.doubt === null))
    return refuse("lease-lost", `the lease was lost: ${reason}`);
  return partial("lease-lost", `the lease was lost, nothing more was written: ${reason}`);
}

function refuse(code: FaultCode, reason: string): Step {
  return end({ kind: "refused", code, reason });
}

function partial(code: FaultCode, reason: string): Step {
  return end({ kind: "partial", code, reason });
}

function end(outcome: Outcome): Step {
  return { state: { at: "ended", outcome }, command: { do: "end" } };
}

/** It ended badly, and wrote nothing. */
function isHarmless({ kind }: Outcome): boolean {
  return kind === "refused" || kind === "unanswered";
}

/** Whether a run leaves its lease for the next one, which learns from it what is still to be finished or undone. */
export function leavesLease(outcome: Outcome, unfinished: Unfinished | null): boolean {
  return outcome.kind === "partial" || (isHarmless(outcome) && unfinished !== null);
}
