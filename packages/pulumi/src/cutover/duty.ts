import type { Color } from "@bluegreen/core";
import type { Duty } from "../contracts/site.ts";
import { type Problem, verifyWithinMs } from "./problem.ts";

/**
 * Watches a color that has no live address: it is given time to start, and from then on it has to stay at work. It is the
 * one who sees when a gap ends.
 */
export class DutyWatch {
  gapMs: number | null = null;
  private readonly duty: Duty;
  private readonly newCrash: (color: Color) => Promise<string | null>;
  private leftAt: number | null = null;
  private atWork = false;

  constructor(duty: Duty, newCrash: (color: Color) => Promise<string | null>) {
    this.duty = duty;
    this.newCrash = newCrash;
  }

  /** Another color is at work from now on. `leftAt`: when the one before it was last seen to run. */
  handedOver(leftAt: number | null): void {
    this.leftAt ??= leftAt;
    this.atWork = false;
  }

  async look(color: Color): Promise<Problem | null> {
    const crash = await this.newCrash(color);
    if (crash) return { reason: `${color} is not stable: ${crash}`, kind: "failed", settlesInMs: 0, output: "" };
    const why = await this.duty.whyNotAtWork(color);
    if (why === null) {
      if (!this.atWork && this.leftAt !== null) this.gapMs = Date.now() - this.leftAt;
      this.atWork = true;
      return null;
    }
    const reason = `${color} is not at work: ${why}`;
    if (this.atWork) return { reason, kind: "failed", settlesInMs: 0, output: "" };
    return { reason, kind: "blind", settlesInMs: Math.max(1, this.duty.startMs - verifyWithinMs), output: "" };
  }
}
