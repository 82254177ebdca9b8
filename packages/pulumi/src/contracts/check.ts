import type { Duplex } from "node:stream";
import type { CheckSettings, Color } from "@bluegreen/core";
import type { Answer } from "./answer.ts";
import type { JobRequest, JobResult } from "./job.ts";

/** A check as it is recorded: without the values that may be secret. */
export type RecordedCheck = WithoutSecrets<CheckSettings>;

/** A gate as it is recorded and handed to its runner. */
export type NamedGate = {
  readonly name: string;
  /** What becomes of the candidate when the gate fails; left out, it is kept. */
  readonly failedCandidate?: "stop";
  /** By what its command is shown; left out in attempts that were begun before there was a choice: by its code. */
  readonly shown?: "name";
} & RecordedCheck;

/** A check as it runs, with every value known. */
export type KnownCheck = Known<CheckSettings>;
export type Environment = Readonly<Record<string, string>>;

type SecretOf<S> = S extends { readonly env: unknown } ? "env" : S extends { kind: "prometheus" } ? "headers" : never;
type WithoutSecrets<S> = S extends unknown ? Omit<S, SecretOf<S>> : never;
type Known<S> = S extends unknown ? Omit<S, SecretOf<S>> & Readonly<Record<SecretOf<S>, Environment>> : never;

/** What one look of a check found. Only `passed` opens the way; `inconclusive` means that nothing could be told. */
export interface Finding {
  readonly result: "passed" | "failed" | "inconclusive";
  /** One line for a person: what was measured, and what was asked for. */
  readonly detail: string;
  /** The end of what a program printed, for a check that failed. */
  readonly output?: string;
}

/**
 * One kind of check: a look at one color. Gates and verification take the same looks; a gate repeats them until they
 * have passed for as long as it demands, a bake until too many have failed. A rejection counts as inconclusive.
 */
export type Look<S extends KnownCheck> = (settings: S, subject: Subject) => Promise<Finding>;

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
  readonly tools: SubjectTools;
  /** Aborted when nobody waits for the answer any more. */
  readonly ended?: AbortSignal;
}

/** What a check can do with a color besides asking it. */
export interface SubjectTools {
  /** Where a command on the deployer reaches it. */
  openUrl(): Promise<OpenedUrl>;
  /** Why it could not become live now, where it has no address to ask. */
  whyNotReady?(): Promise<string | null>;
  /** Runs an image beside it, once, told as a command is; where the platform does that. */
  runJob?(job: Omit<JobRequest, "name" | "env">): Promise<JobResult>;
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
  /** A connection to the service's port, or to another one of the same backend. Rejects unless it is made in time. */
  connect(port: number | undefined, timeoutMs: number): Promise<Duplex>;
}

export interface EntranceRequest {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Over TLS with whatever certificate it has, as the kubelet's probes do; left out, in clear. */
  readonly scheme?: "https";
  readonly timeoutMs: number;
}

export interface RunningContainer {
  readonly name: string;
  readonly service: string;
  /** Its own way in, on the port of its service or on another one. @throws when neither is known */
  entrance(port?: number): Entrance;
  /** Runs a program in it to its end. Rejects when that takes longer, or can't be started. */
  exec(command: readonly string[], timeoutMs: number): Promise<{ readonly exit: number; readonly output: string }>;
  /** A program in it whose stdin is written and whose stdout is read. */
  open(command: readonly string[]): Promise<Duplex>;
  /** What it has printed in the last so many milliseconds, or since it was started. */
  logs(sinceMs: number | null): Promise<string>;
  readonly measures: ContainerMeasures;
}

export interface ContainerMeasures {
  restarts(): Promise<Restarts>;
  /** What it uses now, measured over a second or so. */
  usage(): Promise<Usage>;
}

/** How often a container ended by itself and was started again. */
export interface Restarts {
  readonly count: number;
  /** How long ago it was started the last time. Milliseconds. */
  readonly lastMs: number;
}

export interface Usage {
  /** Processors, such as 0.7; `null` when the platform can't tell. */
  readonly cpu: number | null;
  /** Processors; `null` for an unlimited one. */
  readonly cpuLimit: number | null;
  /** Bytes without what the system could drop at once; `null` when the platform can't tell. */
  readonly memory: number | null;
  /** Bytes; `null` for an unlimited one. */
  readonly memoryLimit: number | null;
}
