import { claim } from "../src/claim.ts";
import * as cutover from "../src/cutover.ts";
import { missingEvidence } from "../src/evidence.ts";
import * as group from "../src/group.ts";
import * as interlock from "../src/interlock.ts";
import { latchesAfter } from "../src/record.ts";
import { verifiedAfter } from "../src/verified.ts";

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
  readonly latchesAfter: typeof latchesAfter;
  readonly verifiedAfter: typeof verifiedAfter;
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
  latchesAfter,
  verifiedAfter,
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
