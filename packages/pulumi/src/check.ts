import type { Duplex } from "node:stream";
import type { Color } from "@bluegreen/core";
import type { Answer } from "./http-request.ts";
import type { JobResult, JobWish } from "./platform.ts";

/** What one look of a check found. Only `passed` opens the way; `inconclusive` means that nothing could be told. */
export interface Finding {
  readonly result: "passed" | "failed" | "inconclusive";
  /** One line for a person: what was measured, and what was asked for. */
  readonly detail: string;
}

/**
 * One kind of check: a look at one color. Gates and verification take the same looks; a gate repeats them until they
 * have passed for as long as it demands, a bake until too many have failed. A rejection counts as inconclusive.
 */
export type Check<S> = (settings: S, subject: Subject) => Promise<Finding>;

/** The color that a check looks at: the candidate before the switch, the live one after it. */
export interface Subject {
  readonly color: Color;
  readonly release: string;
  /** Where it is asked: each backend of the exposed services by itself before the switch, the live addresses after it. */
  readonly entrances: readonly Entrance[];
  /** All containers of its services, exposed or not. */
  readonly containers: readonly RunningContainer[];
  /** The color that it is compared with, asked in the same way; `null` when there is no other one that runs. */
  readonly baseline: Pick<Subject, "color" | "release" | "entrances"> | null;
  /** Where a command on the deployer reaches it. */
  openUrl(): Promise<OpenedUrl>;
  /** Runs an image beside it, once; where the platform does that. */
  runJob?(job: JobWish): Promise<JobResult>;
}

export interface OpenedUrl {
  readonly url: string;
  close(): Promise<void>;
}

/** One way in to a color. */
export interface Entrance {
  /** The backend's name, or that of the live address. */
  readonly name: string;
  readonly service: string;
  /** One HTTP request on the service's port. Rejects when there is no complete answer in time. */
  request(ask: EntranceRequest): Promise<Answer>;
  /** A connection to the service's port, or to another one of the same backend. */
  connect(port: number | undefined, timeoutMs: number): Promise<Duplex>;
}

export interface EntranceRequest {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export interface RunningContainer {
  readonly name: string;
  readonly service: string;
  /** Runs a program in it to its end. Rejects when that takes longer, or can't be started. */
  exec(command: readonly string[], timeoutMs: number): Promise<{ readonly exit: number; readonly output: string }>;
  /** A program in it whose stdin is written and whose stdout is read. */
  open(command: readonly string[]): Promise<Duplex>;
  /** What it has printed in the last so many milliseconds, or since it was started. */
  logs(sinceMs: number | null): Promise<string>;
  usage(): Promise<Usage>;
}

export interface Usage {
  readonly restarts: number;
  /** Share of one processor, such as 0.7; `null` when the platform can't tell. */
  readonly cpu: number | null;
  /** Bytes without what the system could drop at once; `null` when the platform can't tell. */
  readonly memory: number | null;
  /** Bytes; `null` for an unlimited one. */
  readonly memoryLimit: number | null;
}
