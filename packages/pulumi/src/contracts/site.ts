import type { Color, DrainRecord, Images, PerColor, Replicas, Unfinished } from "@bluegreen/core";
import type { Fronts, PlatformAddress } from "./addresses.ts";
import type { OpenedUrl, RunningContainer } from "./check.ts";
import type { JobRequest, JobResult } from "./job.ts";
import type { Journal } from "./journal.ts";
import type { Lease, LeaseRequest } from "./lease.ts";
import type { Reaches, Versions } from "./release.ts";
import type { Router, Targets } from "./router.ts";

/** What tells a recorded workload: `name` where an identity may be a dry run's. */
export type KnownBy = "identity" | "name";

/** What an environment recorded of its color: a container on Docker, a Deployment on Kubernetes. */
export interface Workload {
  readonly id: string;
  readonly name: string;
  readonly service: string;
}

export interface SiteParts extends Fronts {
  readonly app: string;
  readonly platform: PlatformAddress;
  readonly versions: Versions;
  /** How each color's recorded release is reached. */
  readonly reach: PerColor<Reaches>;
  readonly workloads: PerColor<readonly Workload[]>;
  /** A color that is declared after who asks: nothing of it is recorded here, and what there is of it stays. */
  readonly later?: Color;
}

/** One app on its platform, as the cutover meets it. */
export interface Site {
  readonly routing: Routing;
  readonly backends: Backends;
  /** `null` where each replica is a resource of its own. */
  readonly scaling: Scaling | null;
  /** `null` for an app that has none: it has a `duty` then. */
  readonly address: LiveAddress | null;
  /** How the live color is looked at where there is no live address to ask; `null` where there is one. */
  readonly duty: Duty | null;
  /** `null` where the platform runs none. */
  readonly jobs: Jobs | null;
  readonly tidying: Tidying;
}

/** Where traffic goes, who may move it, and what is kept about that. */
export interface Routing {
  readonly router: Router;
  /** The backends of each color's recorded release, as the router is told them. */
  readonly targets: Targets;
  takeLease(request: LeaseRequest): Promise<Lease | { readonly heldBy: string }>;
  /** The lease as it lies there now: a running cutover, or one that was killed. */
  readUnfinished(): Promise<Unfinished | null>;
  readonly journal: Journal;
}

/** What a color runs. */
export interface Backends {
  /** Identities of the color's backends now; every gate must have seen each of them. */
  subjects(color: Color): Promise<readonly string[]>;
  /** Why the color can't take traffic; `null` when all of its backends are ready. */
  whyNotReady(color: Color): Promise<string | null>;
  /**
   * One line each of the color's recorded containers or Deployments that someone else has removed or replaced.
   * @param by @default "identity"
   */
  missing(color: Color, by?: KnownBy): Promise<readonly string[]>;
  /**
   * One line a backend of the color that ended by itself and was started again, with how often; another line when it
   * happens again. Live traffic may meet none of it and still lose requests each time.
   */
  crashes(color: Color): Promise<readonly string[]>;
  /** The color's containers that run now, for checks after the switch. */
  containers(color: Color): Promise<readonly RunningContainer[]>;
  /** What runs of the color's recorded release. */
  remains(color: Color): Remains;
  /** `null` where Pulumi resolves tags, and not the platform. */
  readonly tags: Tags | null;
}

/** What the platform takes the tags of images for. */
export interface Tags {
  /** What images run of the color. */
  images(color: Color): Promise<Images>;
}

/** Where users reach the app. The router asks it; this is what surrounds that. */
export interface LiveAddress {
  /** Where a command on the deployer reaches it. */
  openUrl(live: Color): Promise<OpenedUrl>;
  /**
   * Moves the connections that the color's backends still hold to the other color. Never rejects. Asks `fenced` before
   * it writes, and ends when there is a reason not to.
   */
  drain(color: Color, withinMs: number, fenced: () => Promise<string | null>): Promise<DrainRecord>;
  /** Who asks it instead of the deployer; `null` where that asks by itself. */
  readonly asker: Asker | null;
  /** `null` where what routes is the cluster's own. */
  readonly container: RouterContainer | null;
  /** `null` where someone else made nothing of it. */
  readonly adopted: AdoptedAddress | null;
}

export interface Asker {
  /** From where it asks, in words. */
  readonly from: string;
  /** Lets go of what was opened to ask. */
  close(): Promise<void>;
}

/** A router that is a container of the app's. */
export interface RouterContainer {
  /** Brings it up, whoever stopped it. */
  wake(): Promise<void>;
  /** Makes each color's own address lead to its recorded release. */
  leadToColors(): Promise<void>;
}

export interface AdoptedAddress {
  /** Gives back what this app routed through; says what a person should know of it. */
  giveBack(): Promise<readonly string[]>;
}

/** Images that the platform runs to their end. */
export interface Jobs {
  /** Beside the live color, told as a command is. */
  runBeside(live: Color, job: Omit<JobRequest, "env">): Promise<JobResult>;
  /** For both colors. */
  run(job: JobRequest): Promise<JobResult>;
}

/** What killed runs left, and nobody recorded. */
export interface Tidying {
  hasLeftovers(): Promise<boolean>;
  /** Removes them, except what live traffic goes to. */
  sweep(live: readonly string[]): Promise<void>;
}

export interface Duty {
  /** Why the color, switched to by now, is not at work; `null` when all of it runs and is ready. */
  whyNotAtWork(color: Color): Promise<string | null>;
  /** How long it has to get there after the switch. */
  readonly startMs: number;
}

/** One release of a color as it runs, whoever started it: what a candidate that failed leaves. */
export interface Remains {
  runs(): Promise<boolean>;
  /** Starts what was stopped, where nothing else does; `false` when there was nothing to start. */
  start(): Promise<boolean>;
  /**
   * Ends all of it and removes nothing, so that the next attempt starts the very same. Asks `fenced` before each write,
   * and gives its reason when there was one.
   */
  stop(fenced: () => Promise<string | null>): Promise<string | null>;
  /** How to see what it printed, in words; empty when there is nothing. */
  look(stopped: boolean): Promise<string>;
}

/** The sizes of both colors, where a platform has them as a number that more than one writes. */
export interface Scaling {
  /** By service; only those that the color has. */
  read(color: Color): Promise<Readonly<Record<string, Replicas>>>;
  set(color: Color, service: string, replicas: number): Promise<void>;
  /** Waits until all replicas of the color are available; why they are not when the time is over, else `null`. */
  settle(color: Color, withinMs: number): Promise<string | null>;
}
