import type { RouterRecord } from "@bluegreen/core";

/**
 * What a platform must be able to do for an app without a live address (`none()`): tell which of its workloads run, let
 * them run and end, and keep the record of which color may.
 */
export interface Workers {
  /** What was kept last, and the token that proves at the next `keep` that nobody kept anything since. */
  read(): Promise<{ readonly kept: Kept | null; readonly token: string }>;
  /** Compare-and-swap. The next token; `null` when the given one is stale, and nothing was kept. */
  keep(kept: Kept, token: string): Promise<string | null>;
  /** All workloads of the app, recorded or not, whoever made them. */
  look(): Promise<readonly Worker[]>;
  /**
   * From here on exclusive workloads are started and stopped by who knows this mark only: a deployer that was overtaken
   * between asking for its lease and the next line of its program has an older one, and hits nothing.
   */
  mark(mark: string): Promise<void>;
  /** Ends them. Resolves when they have had the time that they are given, whether or not they have ended. */
  stop(names: readonly string[], mark: string): Promise<void>;
  /** Rejects when the mark is not the last one. One that can't be started is for the verification to find. */
  start(names: readonly string[], mark: string): Promise<void>;
  /** Takes the mark away where people would see it. */
  unmark(): Promise<void>;
}

/** A container on Docker, a Deployment on Kubernetes. */
export interface Worker {
  readonly name: string;
  /** It never runs beside one of the other color. */
  readonly exclusive: boolean;
  /** It runs, or what is left of it is not gone yet. */
  readonly runs: boolean;
  /** Nothing of it is there; it counts as running because the platform may still be about to start it. */
  readonly mayCome?: boolean;
  /** Nobody declares it any more; it is only waited for until it is gone. */
  readonly ends: boolean;
  /** It runs in the size that it is declared with. */
  readonly whole: boolean;
  /** Who let it run last, other than this app, as far as the platform knows. */
  readonly movedBy: string | null;
}

/** The record, and what it allows. */
export interface Kept {
  readonly record: RouterRecord;
  /** Names of the workloads that may run: those of the color. */
  readonly may: readonly string[];
  /** While a handover is under way: what ran as it began. `null` once only the color itself runs. */
  readonly left: readonly string[] | null;
}
