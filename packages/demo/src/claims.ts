import type { Color, CutoverRecord } from "@bluegreen/core";
import type { Tally } from "@bluegreen/testkit/load/report";

/** What an act claims. Every act also claims that nobody but a broken release ever fails a request. */
export interface Expectation {
  /** The command ends with exit code 0, or with any other. */
  readonly succeeds: boolean;
  /** The color that state records and that answers through the live address after the act. */
  readonly live: Color;
  /** Colors that answered during the act, no others; all of them did. */
  readonly answers: readonly Color[];
  /** What the command says. */
  readonly says?: RegExp;
  /** Nothing moved: the same containers as before. `"state"`: and not a byte of state is another. */
  readonly untouched?: "containers" | "state";
  /** The release that may fail requests, and does. */
  readonly breaks?: string;
}

/** What was seen of an act. */
export interface Observed {
  readonly exit: number;
  readonly output: string;
  /** The active color that state records. */
  readonly state: string;
  /** Who is live by the router's word and its answers: a color, or words. */
  readonly router: string;
  readonly tally: Tally;
  /** The library's own record of the act's cutover; absent if there was none. */
  readonly record?: CutoverRecord;
  /** What is there before and after: containers or pods with what tells them from their successors, and state. */
  readonly before: Footprint;
  readonly after: Footprint;
}

export interface Footprint {
  readonly containers: readonly string[];
  readonly state: string;
}

/** The claims of an act that don't hold, a sentence each; none when all is as it was told. */
export function brokenClaims(expected: Expectation, seen: Observed): string[] {
  const { tally } = seen;
  const answered = (["blue", "green", "none"] as const).filter((color) => tally.byColor[color] > 0);
  const silent = expected.answers.filter((color) => tally.byColor[color] === 0);
  const strangers = answered.filter((color) => color === "none" || !expected.answers.includes(color));
  const blamed = Object.entries(tally.failuresByVersion).filter(([version]) => version !== expected.breaks);
  const reasons = Object.entries(tally.failuresByReason).map(([reason, times]) => `${times} × ${reason}`);
  const broken = [
    expected.succeeds && seen.exit !== 0 && `the command ended with ${seen.exit}, not with 0`,
    !expected.succeeds && seen.exit === 0 && "the command ended with 0; it should have failed",
    seen.state !== expected.live && `state records "${seen.state}" as the active color, not "${expected.live}"`,
    seen.router !== expected.live && `the live address: ${seen.router}, not ${expected.live}`,
    tally.sent === 0 && "no request was sent",
    silent.length > 0 && `${silent.join(" and ")} answered no request`,
    strangers.length > 0 && `requests were answered by ${strangers.join(" and ")}`,
    blamed.length > 0 && `${sumOf(blamed)} requests failed (${reasons.join(", ")})`,
    expected.breaks && !tally.failuresByVersion[expected.breaks] && `${expected.breaks} failed no request`,
    expected.says && !expected.says.test(seen.output) && `the output has nothing like ${expected.says}`,
    expected.untouched && !same(seen.before.containers, seen.after.containers) && "containers were changed",
    expected.untouched === "state" && seen.before.state !== seen.after.state && "state was changed",
  ];
  return broken.filter((problem) => typeof problem === "string" && problem !== "") as string[];
}

function sumOf(counts: readonly (readonly [string, number])[]): number {
  return counts.reduce((sum, [, times]) => sum + times, 0);
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i]);
}
