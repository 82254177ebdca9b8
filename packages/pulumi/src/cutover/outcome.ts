import { describeFaults, type Outcome } from "@bluegreen/core";
import type { CutoverInputs } from "./state.ts";

export type Failure = Exclude<Outcome, { readonly kind: "switched" | "kept" }>;

/** `changed`: what this run changed of that by which users reach the live color; `left`: what became of the candidate. */
export function describeOutcome(
  { name, attempt, activeColor, versions }: CutoverInputs,
  outcome: Failure,
  { changed, left }: { readonly changed: readonly string[]; readonly left: string },
): string {
  const { code } = outcome;
  const blame = changed.length > 0 ? `; this run changed it: ${changed.join("; ")}` : "";
  if (outcome.kind === "unanswered") {
    const live = `${activeColor} ${versions[activeColor] ?? ""}`.trim();
    const problem = `${live} is live, and ${outcome.reason}${blame || "; nothing that this run changed leads to it"}`;
    const fix = changed.length > 0 ? "undo that, or fix it" : "fix it, or switch to the other color";
    return describeFaults(name, [
      { code, problem, at: "the live address", fix: `${fix}, and run \`pulumi up\` again` },
    ]);
  }
  const { at, fix } = advice[outcome.kind];
  const where = outcome.kind === "reverted" ? ` Traffic is back at ${places[outcome.to ?? "none"]}.` : "";
  const reason = outcome.kind === "partial" ? `${outcome.reason}${blame}` : outcome.reason;
  const problem = `attempt ${attempt} to make ${activeColor} live was ${words[outcome.kind]}: ${reason}.${where}`;
  return describeFaults(name, [{ code, problem, at, fix: left === "" ? fix : `${fix}; ${left}` }]);
}

const advice = {
  refused: {
    at: "the cutover, before the switch",
    fix: "nothing was moved; fix the cause and run `pulumi up` again, or set activeColor back",
  },
  reverted: {
    at: "the cutover, after the switch",
    fix: "traffic is back where it was; give the color a new version, or set activeColor back",
  },
  partial: {
    at: "the cutover, after the switch",
    fix: "run `pulumi up` again: it asks the router where traffic is and goes on from there",
  },
} as const;

const places = { blue: "blue", green: "green", none: "no color", foreign: "the backends it was taken from" } as const;
const words = { refused: "refused", reverted: "reverted", partial: "not completed" } as const;
