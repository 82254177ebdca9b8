import type { Color } from "@bluegreen/core";
import type { RunningCommand } from "@bluegreen/testkit/engine/pulumi";
import type { Stage } from "./stage.ts";
import type { Word } from "./steps.ts";

/** A run whose cutover stands still at a step. */
export interface Scene {
  readonly stage: Stage;
  readonly run: RunningCommand;
  /** The process in which the cutover runs. */
  readonly provider: number;
  readonly from: Color;
  readonly to: Color;
  /** Lets the cutover go on; a fault that lasts has to, before it ends. */
  release(word: Word): void;
}

/** Something that goes wrong, and how it ends. */
export interface Fault {
  /** "the CLI is killed" */
  readonly words: string;
  /** Strikes while the cutover stands still, and lets it go on, if it is to. */
  strike(scene: Scene): Promise<void>;
  /** Once the run and what it left behind have ended: what no `pulumi` command could do. */
  mend?(scene: Scene): Promise<void>;
  /** After the next `up`, what the fault left of the run. */
  haunt?(scene: Scene): Promise<void>;
  /** The engine has no time to release its lock. */
  readonly locks?: true;
  /** Whose failures users may see; without it, none. */
  readonly costs?: "router" | "candidate";
  /** It refuses nothing, it just does not answer: a check has to wait for its timeout to know. */
  readonly silent?: true;
  /** The candidate is not worth trying again as it is. */
  readonly spoils?: true;
}
