import { setTimeout as sleep } from "node:timers/promises";
import { type Color, type Event, humanMilliseconds, milliseconds, type VerificationSettings } from "@bluegreen/core";
import { tailOf } from "../io/shell.ts";
import type { Looks } from "./looks.ts";
import { type NamedCheck, type Problem, verifyWithinMs } from "./problem.ts";

const verifyPauseMs = 20;
/** While it is only waited for that what is in front of the router follows. */
const settlePauseMs = 200;
/** Looks in a row by which a check of the bake could not tell anything. As many as Argo Rollouts bears of errors. */
const blindLimit = 5;

type Limits = Pick<VerificationSettings, "answers" | "bake" | "interval" | "failureLimit">;

/** Answers of this color in a row through the live address. */
export async function verify(
  looks: Pick<Looks, "ask">,
  color: Color,
  { answers, failureLimit }: Limits,
): Promise<Event> {
  const deadline = Date.now() + verifyWithinMs;
  let settles = 0;
  let inARow = 0;
  let failures = 0;
  while (inARow < answers) {
    const problem = await looks.ask(color);
    inARow = problem ? 0 : inARow + 1;
    if (!problem) continue;
    const { reason, kind, settlesInMs } = problem;
    if (kind === "failed" && ++failures >= failureLimit) return { type: "breached", reason };
    settles = Math.max(settles, settlesInMs);
    if (Date.now() > deadline + settles) {
      return { type: "breached", reason: `${reason} (waited ${(verifyWithinMs + settles) / 1_000} s)` };
    }
    await sleep(settlesInMs > 0 ? Math.min(settlesInMs, settlePauseMs) : verifyPauseMs);
  }
  return { type: "passed" };
}

/** What surrounds a bake. */
export interface Around {
  /** What ended by itself since it was asked last. */
  newCrash(): Promise<string | null>;
  /** Tells a person how it goes. */
  tell(line: string, begins?: boolean): void;
}

/** Watches a color that has become live, until its time is over or too many looks have failed. */
export class Bake {
  private readonly looks: Looks;
  private readonly color: Color;
  private readonly limits: Limits;
  private readonly around: Around;
  private readonly end: number;
  private passes = 0;
  private failures = 0;
  private readonly breached: Promise<string>;
  private breach: (reason: string) => void = () => {};
  private over = false;

  constructor(looks: Looks, color: Color, limits: Limits, around: Around) {
    this.looks = looks;
    this.color = color;
    this.limits = limits;
    this.around = around;
    this.end = Date.now() + milliseconds(limits.bake);
    this.breached = new Promise((resolve) => {
      this.breach = resolve;
    });
  }

  /** A check that takes its time does not hold up the others. */
  async run(): Promise<Event> {
    this.around.tell(`baking ${this.limits.bake}`, true);
    const watches = [this.watchLive(), ...this.looks.othersOf(this.color).map((check) => this.watch(check))];
    const reason = await Promise.race([Promise.all(watches).then(() => null), this.breached]);
    this.over = true;
    this.looks.end();
    return reason === null ? { type: "passed" } : { type: "breached", reason };
  }

  /** Nobody waits for it any more. */
  stop(): void {
    this.over = true;
  }

  private async watchLive(): Promise<void> {
    while (this.goesOn()) {
      const problem = await this.looks.ask(this.color);
      const waits = problem !== null && problem.kind !== "failed" && problem.settlesInMs > 0;
      // A backend that ends and is back before the next check fails requests all the same, again and again.
      const crash = await this.around.newCrash();
      const reason = problem && !waits ? problem.reason : crash && `${this.color} is not stable: ${crash}`;
      if (reason) this.fail(reason);
      else if (problem === null) this.pass();
      await this.pause();
    }
  }

  /** At least one look, however short the bake is; it does not end well while a check can't tell. */
  private async watch(named: NamedCheck): Promise<void> {
    let blind = 0;
    let problem: Problem | null;
    do {
      problem = await this.looks.look(this.color, named);
      blind = problem?.kind === "blind" ? blind + 1 : 0;
      if (problem?.kind === "failed") this.fail(`${named.name}: ${problem.reason}`, problem.output);
      else if (problem === null) this.pass();
      if (blind < blindLimit) await this.pause();
    } while (blind < blindLimit && this.goesOn());
    if (blind > 0) this.breach(`${named.name} could not tell: ${problem?.reason}`);
  }

  private pass(): void {
    this.passes++;
    this.tell();
  }

  private fail(reason: string, output = ""): void {
    this.failures++;
    this.tell();
    if (this.failures < this.limits.failureLimit) return;
    if (!this.over && output !== "") for (const line of tailOf(output, this.color)) console.error(line);
    this.breach(reason);
  }

  private tell(): void {
    const { bake, failureLimit } = this.limits;
    const spent = Math.max(0, Math.min(milliseconds(bake), Date.now() - this.end + milliseconds(bake)));
    const counted = `${this.passes} checks passed, ${this.failures} of ${failureLimit} failures`;
    this.around.tell(`baking ${humanMilliseconds(spent)} of ${humanMilliseconds(milliseconds(bake))}, ${counted}`);
  }

  private goesOn(): boolean {
    return !this.over && Date.now() < this.end;
  }

  private pause(): Promise<void> {
    return sleep(Math.max(0, Math.min(milliseconds(this.limits.interval), this.end - Date.now())));
  }
}
