import type { Color } from "./color.ts";
import { describeRecord, type Latch, type Observation, type Unfinished } from "./record.ts";

/**
 * The cutover as a pure state machine: `next(state, event)` decides, the edges act. Its promises, property-tested:
 * nothing is written before the lease is held, every gate's evidence is complete and the candidate is ready; a failure
 * after the switch ends at the old color or says that it could not; after the lease is lost nothing is written.
 */
export interface Plan {
  readonly wish: Color;
  readonly attempt: number;
  readonly release: string;
  /** What `missingEvidence` found; empty when every gate passed for this attempt, release and backends. */
  readonly missing: readonly string[];
  /** The color (or `foreign`) from which the user explicitly takes the traffic back. */
  readonly force: Color | "foreign" | null;
}

export type Command =
  | { readonly do: "lease" }
  | { readonly do: "observe" }
  | { readonly do: "inspect"; readonly color: Color }
  /** Compare-and-swap against the last observation. `latch` is the reason for which the candidate is latched. */
  | { readonly do: "write"; readonly color: Color | null; readonly latch: string | null }
  /** Answers in a row of this color through the live address. */
  | { readonly do: "verify"; readonly color: Color }
  | { readonly do: "bake"; readonly color: Color }
  | { readonly do: "end" };

export type Event =
  | { readonly type: "leased"; readonly unfinished: Unfinished | null }
  | { readonly type: "leaseHeld"; readonly by: string }
  /** Another run took over, or the engine is gone: not one more write. */
  | { readonly type: "leaseLost"; readonly reason: string }
  | { readonly type: "observed"; readonly observation: Observation }
  | { readonly type: "unreachable"; readonly reason: string }
  | { readonly type: "ready" }
  | { readonly type: "notReady"; readonly reason: string }
  | { readonly type: "written" }
  /** The router was changed since the last observation; nothing was written. */
  | { readonly type: "conflict" }
  /** The write's fate is unknown: it may have taken effect. */
  | { readonly type: "writeFailed"; readonly reason: string }
  | { readonly type: "passed" }
  | { readonly type: "breached"; readonly reason: string };

export type Outcome =
  | { readonly kind: "switched"; readonly from: Color | null; readonly to: Color }
  | { readonly kind: "kept"; readonly color: Color }
  /** Nothing was written; traffic is where it was. */
  | { readonly kind: "refused"; readonly reason: string }
  /** The candidate was live and failed; the old color answers again. */
  | { readonly kind: "reverted"; readonly to: Color | null; readonly reason: string }
  /** The traffic's place could not be brought into line with the state; the next run tries again. */
  | { readonly kind: "partial"; readonly reason: string };

/** How the traffic came to the wish, which decides what a failed verification does. */
type Mode =
  /** An ordinary cutover: revert to `from`. */
  | "cutover"
  /** Undoing our own unfinished attempt: there is no further color to fall back to. */
  | "recover"
  /** Same color, other backends: nothing to revert to. */
  | "repoint";

export type State =
  | { readonly at: "leasing" }
  | { readonly at: "observing"; readonly context: Context }
  | { readonly at: "inspecting"; readonly mode: Mode; readonly from: Color | null; readonly context: Context }
  | { readonly at: "switching"; readonly mode: Mode; readonly from: Color | null; readonly context: Context }
  | { readonly at: "verifying"; readonly mode: Mode; readonly from: Color | null }
  | { readonly at: "baking"; readonly mode: Mode; readonly from: Color | null }
  | { readonly at: "reverting"; readonly from: Color | null; readonly reason: string; readonly tries: number }
  | { readonly at: "reobserving"; readonly from: Color | null; readonly reason: string; readonly tries: number }
  | { readonly at: "confirming"; readonly from: Color; readonly reason: string }
  | { readonly at: "ended"; readonly outcome: Outcome };

interface Context {
  /** What the lease says of a run that was killed. */
  readonly unfinished: Unfinished | null;
  /** This run's own writes so far; `null` before the first. */
  readonly sent: { readonly mode: Mode; readonly from: Color | null; readonly tries: number } | null;
}

export interface Step {
  readonly state: State;
  readonly command: Command;
}

/** Tries of one write before the machine gives up on a router that keeps changing or failing under it. */
const maxWrites = 4;

export function begin(): Step {
  return { state: { at: "leasing" }, command: { do: "lease" } };
}

/** The next step. Throws a `TypeError` for an event that the state cannot get: a bug of the edges, not of a user. */
export function next(plan: Plan, state: State, event: Event): Step {
  if (state.at === "ended") throw new TypeError(`cutover has ended; it cannot get "${event.type}"`);
  if (event.type === "leaseLost") return lost(state, event.reason);
  switch (state.at) {
    case "leasing":
      if (event.type === "leased") return observe({ unfinished: event.unfinished, sent: null });
      if (event.type === "leaseHeld") return refuse(`another cutover is running: ${event.by}`);
      break;
    case "observing":
      if (event.type === "observed") return decide(plan, state.context, event.observation);
      if (event.type === "unreachable") return blind(state.context, event.reason);
      break;
    case "inspecting":
      if (event.type === "ready") return write(plan, state);
      if (event.type === "notReady") return refuse(`${plan.wish} is not ready: ${event.reason}`);
      break;
    case "switching":
      if (event.type === "written") return verify(plan.wish, state.mode, state.from);
      if (event.type === "conflict" || event.type === "writeFailed") return observe(state.context);
      break;
    case "verifying":
      if (event.type === "passed") return bake(plan, state);
      if (event.type === "breached") return fail(plan, state, event.reason);
      break;
    case "baking":
      if (event.type === "passed") return settled(plan, state);
      if (event.type === "breached") return fail(plan, state, event.reason);
      break;
    case "reverting":
      if (event.type === "written") return confirm(state.from, state.reason);
      if (event.type === "conflict" || event.type === "writeFailed") {
        return { state: { ...state, at: "reobserving" }, command: { do: "observe" } };
      }
      break;
    case "reobserving":
      if (event.type === "observed") return revertAgain(plan, state, event.observation);
      if (event.type === "unreachable") {
        if (state.tries < maxWrites) return { state: { ...state, tries: state.tries + 1 }, command: { do: "observe" } };
        return end({
          kind: "partial",
          reason: `${state.reason}; the revert could not reach the router: ${event.reason}`,
        });
      }
      break;
    case "confirming":
      if (event.type === "passed") return end({ kind: "reverted", to: state.from, reason: state.reason });
      if (event.type === "breached") {
        const reason = `${state.reason}; traffic was sent back to ${state.from}, which does not answer either: ${event.reason}`;
        return end({ kind: "partial", reason });
      }
      break;
    default:
      state satisfies never;
  }
  throw new TypeError(`cutover at "${state.at}" cannot get "${event.type}"`);
}

/** What the router says decides which road this is. */
function decide(plan: Plan, context: Context, seen: Observation): Step {
  const { wish } = plan;
  const { unfinished, sent } = context;
  if (seen.color === wish) {
    if (sent && seen.record?.attempt === plan.attempt) return verify(wish, sent.mode, sent.from);
    if (unfinished?.to === wish) {
      return verify(wish, unfinished.from === wish ? "repoint" : "cutover", unfinished.from);
    }
    if (seen.intact && seen.current) return end({ kind: "kept", color: wish });
    return inspect(wish, "repoint", wish, context);
  }
  const live = seen.color === "foreign" ? null : seen.color;
  const ours = unfinished !== null && unfinished.to === seen.color;
  if (ours && unfinished.from === wish) return inspect(wish, "recover", live, context);
  const foreign = seen.color === "foreign" || !seen.intact;
  if (foreign && plan.force !== seen.color) return refuse(describeForeign(seen));
  if (seen.record && seen.record.attempt >= plan.attempt) {
    const used = `attempt ${plan.attempt} has been used: the router says ${describeRecord(seen.record)}`;
    return refuse(`${used}; a whole \`pulumi up\` (without --target) makes a new one`);
  }
  if (plan.missing.length > 0) return refuse(`the gates have not all passed: ${plan.missing.join("; ")}`);
  return inspect(wish, "cutover", live, context);
}

/** Who moved the traffic, as far as it can be known. */
export function describeForeign(seen: Observation): string {
  const where = seen.color === "foreign" ? "backends of neither color" : (seen.color ?? "no color");
  return `the router sends traffic to ${where}, and it was not this app that moved it there; its last own write: ${describeRecord(seen.record)}`;
}

function observe(context: Context): Step {
  return { state: { at: "observing", context }, command: { do: "observe" } };
}

function inspect(color: Color, mode: Mode, from: Color | null, context: Context): Step {
  if ((context.sent?.tries ?? 0) >= maxWrites) return blind(context, "it kept changing under the cutover");
  return { state: { at: "inspecting", mode, from, context }, command: { do: "inspect", color } };
}

function write(plan: Plan, state: State & { at: "inspecting" }): Step {
  const { mode, from, context: before } = state;
  const context = { ...before, sent: { mode, from, tries: (before.sent?.tries ?? 0) + 1 } };
  return { state: { ...state, at: "switching", context }, command: { do: "write", color: plan.wish, latch: null } };
}

function verify(color: Color, mode: Mode, from: Color | null): Step {
  return { state: { at: "verifying", mode, from }, command: { do: "verify", color } };
}

function bake(plan: Plan, state: { mode: Mode; from: Color | null }): Step {
  if (state.mode !== "cutover") return settled(plan, state);
  return { state: { at: "baking", mode: state.mode, from: state.from }, command: { do: "bake", color: plan.wish } };
}

function settled(plan: Plan, state: { mode: Mode; from: Color | null }): Step {
  if (state.mode === "repoint") return end({ kind: "kept", color: plan.wish });
  return end({ kind: "switched", from: state.from, to: plan.wish });
}

function fail(plan: Plan, state: { mode: Mode; from: Color | null }, reason: string): Step {
  if (state.mode !== "cutover") return end({ kind: "partial", reason: `${plan.wish} is live and fails: ${reason}` });
  return revert(state.from, `${plan.wish} ${plan.release} failed after the switch: ${reason}`, 0);
}

function revert(from: Color | null, reason: string, tries: number): Step {
  return { state: { at: "reverting", from, reason, tries }, command: { do: "write", color: from, latch: reason } };
}

function revertAgain(plan: Plan, state: State & { at: "reobserving" }, seen: Observation): Step {
  if (seen.color === state.from) return confirm(state.from, state.reason);
  const ours = seen.color === plan.wish && seen.intact;
  if (ours && state.tries < maxWrites) return revert(state.from, state.reason, state.tries + 1);
  return end({ kind: "partial", reason: `${state.reason}; the revert found that ${describeForeign(seen)}` });
}

function confirm(from: Color | null, reason: string): Step {
  if (from === null) return end({ kind: "reverted", to: null, reason });
  return { state: { at: "confirming", from, reason }, command: { do: "verify", color: from } };
}

/** Not knowing where the traffic is: harmless before the first write, a partial failure after it. */
function blind(context: Context, reason: string): Step {
  if (!context.sent) return refuse(`the router cannot be reached: ${reason}`);
  return end({ kind: "partial", reason: `a write to the router was sent, and its fate is unknown: ${reason}` });
}

function lost(state: State, reason: string): Step {
  const untouched = state.at === "leasing" || ("context" in state && state.at !== "switching" && !state.context.sent);
  if (untouched) return refuse(`the lease was lost: ${reason}`);
  return end({ kind: "partial", reason: `the lease was lost, nothing more was written: ${reason}` });
}

function refuse(reason: string): Step {
  return end({ kind: "refused", reason });
}

function end(outcome: Outcome): Step {
  return { state: { at: "ended", outcome }, command: { do: "end" } };
}

/** The latches after this attempt: those of releases that still stand, and the new one, if any. */
export function latchesAfter(
  before: readonly Latch[],
  versions: Readonly<Partial<Record<Color, string>>>,
  added: Latch | null,
): Latch[] {
  const standing = before.filter((latch) => versions[latch.color] === latch.release && latch.color !== added?.color);
  return added ? [...standing, added] : standing;
}
