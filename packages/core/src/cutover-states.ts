import type { Claim, Unfinished } from "./claim.ts";
import type { Color, PerColor } from "./color.ts";
import type { FaultCode } from "./fault-codes.ts";
import type { Observation } from "./record.ts";

/** What a cutover is told, what it can be at, and what it says and hears: the words of the machine in `cutover.ts`. */
export interface Plan {
  readonly wish: Color;
  readonly attempt: number;
  readonly release: string;
  /** What `missingEvidence` found; empty when every gate passed for this attempt, release and backends. */
  readonly missing: readonly string[];
  /** Which colors have been live with their present release. To another one no traffic goes back without gates. */
  readonly sealed: Readonly<PerColor<boolean>>;
  /** The color (or `foreign`) from which the user explicitly takes the traffic back. */
  readonly force: Color | "foreign" | null;
  /** Traffic that no app of ours ever moved may be taken over. */
  readonly adopts: boolean;
  /** Connections that the color left behind still holds are moved, too. */
  readonly drains: boolean;
}

/** Where traffic was before a switch. `"foreign"`: at backends of someone else, which a revert gives it back to. */
export type Origin = Color | null | "foreign";

export type Command =
  | { readonly do: "lease" }
  | { readonly do: "observe" }
  | { readonly do: "inspect"; readonly color: Color }
  /** Compare-and-swap against the last observation. `latch` is the reason for which the candidate is latched. */
  | { readonly do: "write"; readonly color: Origin; readonly latch: string | null }
  /** Answers in a row of this color through the live address. */
  | { readonly do: "verify"; readonly color: Color }
  /** Whether this color, which was live before this run, still answers. What was just changed gets time to come up. */
  | { readonly do: "look"; readonly color: Color }
  | { readonly do: "bake"; readonly color: Color }
  /** Moves the connections that this color still holds. */
  | { readonly do: "drain"; readonly color: Color }
  | { readonly do: "end" };

export type Event =
  /** `claim`: what this run's lease says of it. */
  | { readonly type: "leased"; readonly unfinished: Unfinished | null; readonly claim: Claim }
  | { readonly type: "leaseHeld"; readonly by: string }
  /** Another run took over, or the engine is gone: not one more write. */
  | { readonly type: "leaseLost"; readonly reason: string }
  /** The user has ended the run: before the switch, or while what went live is watched. */
  | { readonly type: "cancelled"; readonly reason: string }
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
  /** In answer to a write: it took effect, but not all that it was to bring about. */
  | { readonly type: "breached"; readonly reason: string }
  | { readonly type: "drained" };

export type Outcome =
  | { readonly kind: "switched"; readonly from: Origin; readonly to: Color }
  | { readonly kind: "kept"; readonly color: Color }
  /** Nothing was written, and the color that was live before does not answer. */
  | { readonly kind: "unanswered"; readonly color: Color; readonly code: FaultCode; readonly reason: string }
  /** Nothing was written; traffic is where it was. */
  | { readonly kind: "refused"; readonly code: FaultCode; readonly reason: string }
  /** The candidate was live and failed; the old color answers again. */
  | { readonly kind: "reverted"; readonly to: Origin; readonly code: FaultCode; readonly reason: string }
  /** The traffic's place could not be brought into line with the state; the next run tries again. */
  | { readonly kind: "partial"; readonly code: FaultCode; readonly reason: string };

/** How the traffic came to the wish, which decides what a failed verification does. */
export type Mode =
  /** An ordinary cutover: revert to `from`. */
  | "cutover"
  /** Undoing our own unfinished attempt: there is no color to fall back to. */
  | "recover"
  /** Finishing it after the color that it came from was given another release: there is none, either. */
  | "finish"
  /** Same color, other backends: nothing to revert to. */
  | "repoint";

export interface Way {
  readonly mode: Mode;
  /** Where a revert goes. */
  readonly from: Origin;
}

/** Where it goes, and why. */
export interface Revert {
  readonly from: Origin;
  readonly code: FaultCode;
  readonly reason: string;
}

export type State =
  | { readonly at: "leasing" }
  | { readonly at: "observing"; readonly context: Context }
  | ({ readonly at: "inspecting"; readonly context: Context } & Way)
  | ({ readonly at: "switching"; readonly context: Context } & Way)
  | ({ readonly at: "verifying" } & Way)
  | ({ readonly at: "baking" } & Way)
  | { readonly at: "looking"; readonly color: Color }
  | ({ readonly at: "reverting"; readonly tries: number } & Revert)
  /** `trouble`: why the revert has not been written. */
  | ({ readonly at: "reobserving"; readonly tries: number; readonly trouble: string } & Revert)
  | ({ readonly at: "confirming" } & Revert & { readonly from: Color })
  /** The outcome is certain; only connections are still to be moved. */
  | { readonly at: "draining"; readonly outcome: Outcome & { kind: "switched" | "reverted" } }
  | { readonly at: "ended"; readonly outcome: Outcome };

export interface Context {
  /** What the lease says of a run that was killed. */
  readonly unfinished: Unfinished | null;
  readonly claim: Claim;
  /** This run's own writes so far. */
  readonly tries: number;
  /** The last of them that may have taken effect or not, and why. One that was refused has gone no way. */
  readonly doubt: (Way & { readonly reason: string }) | null;
}

export interface Step {
  readonly state: State;
  readonly command: Command;
}
