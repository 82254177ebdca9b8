import type {
  Amounts,
  Color,
  DrainRecord,
  Images,
  JournalRecord,
  NoRouterSettings,
  Occupant,
  PerColor,
  Pool,
  Replicas,
  Running,
  Sight,
  Unfinished,
} from "@bluegreen/core";
import type { OpenedUrl, RunningContainer, Subject } from "./check.ts";
import type { JobResult, JobWish } from "./job.ts";
import type { Lease, LeaseWish } from "./lease.ts";
import type { Reaches } from "./reach.ts";
import type { Router, Targets } from "./router.ts";

/**
 * What a platform must be able to do while Pulumi runs. Interlock, gates and cutover know no more of Docker or
 * Kubernetes than this; each platform is one module that is loaded only where it is used.
 */
export interface Platform {
  /** Asks the router which color is live. Never rejects: a router that can't be asked is a sight, too. */
  look(query: Query): Promise<Sight>;
  /** The journal's entries, by their names (`journalKey`). */
  journal(app: string): Promise<Readonly<Record<string, string>>>;
  /** What runs of the app, before it is looked at what there is room for. */
  tenancy(app: string): Promise<Tenancy>;
  /** Clears what a killed first deployment left in the way of the next; called while nothing has ever been live. */
  makeRoom(app: string): Promise<void>;
  openSite(parts: SiteParts): Promise<Site>;
  /** The candidate as it runs now. Rejects when an exposed service has no backend that runs. */
  findCandidate(query: CandidateQuery): Promise<Candidate>;
  /** Which of these ports somebody else holds, where the platform shares them with others. */
  portHolders?(app: string, ports: readonly PublishedPort[]): Promise<readonly PortHolder[]>;
  /** The app's router that carries users' traffic now, by a name for a person; `null` when there is none. */
  servingRouter?(app: string): Promise<string | null>;
  /** What of the app's recorded parts is gone, where the platform does not make it anew by itself. */
  lacking?(recorded: RecordedApp): Promise<Lacking>;
  /** What there is of an app, for a state that has nothing of it. */
  standing(app: string, versions: Versions): Promise<Standing>;
  /** Whatever an earlier state's Pulumi claims of it, where it claims something, is given up. */
  release?(app: string): Promise<void>;
  /** Identities of apps that a component of this name has made here. */
  namesakes(name: string): Promise<readonly string[]>;
  /** Removes what killed runs left and nobody recorded, when the app is destroyed. */
  removeLeftovers(app: string): Promise<void>;
}

/** A TCP port of the host, or of a cluster's nodes, at which the app's router listens. */
export interface PublishedPort {
  /** Address that it is bound to; empty for all. */
  readonly host: string;
  readonly port: number;
  /** The setting that says so: `router.port`. */
  readonly at: string;
}

export interface PortHolder extends PublishedPort {
  /** Whose port it is: "of the Docker host", "of the cluster's nodes". */
  readonly of: string;
  /** Who listens there, in words. */
  readonly holder: string;
  /** The app whose router that is, if it is one's. */
  readonly app?: string | undefined;
}

/** What runs of an app that a state is to take over. */
export interface Standing {
  /** The version of each color, where what runs of it is all of one version that was asked for. */
  readonly releases: PerColor<string | null>;
  /** Ids by which Pulumi imports each part, by the end of its resource's name: `router`, `blue`, `blue-web-1`. */
  readonly parts: Readonly<Record<string, string>>;
}

/** What should be there. */
export interface RecordedApp {
  readonly app: string;
  readonly releases: PerColor<RecordedRelease | null>;
}

export interface RecordedRelease {
  readonly version: string;
  /** How many there are of it. */
  readonly containers: number;
  /** The images that they were made of, as far as a run has seen them. */
  readonly images: ServiceImages;
}

/** By service: an image by its id, and where else it is to be had (`repository@sha256:…`), if anywhere. */
export type ServiceImages = Readonly<Record<string, { readonly id: string; readonly digest: string | null }>>;

/** What of it is not. */
export interface Lacking {
  readonly router: boolean;
  /** Colors whose network is gone. */
  readonly networks: readonly Color[];
  /** How many containers of each color's release are. */
  readonly containers: PerColor<number>;
  /** What each color's containers of that release are made of. */
  readonly images: PerColor<ServiceImages>;
  /** Ids of recorded images that the Docker Engine does not have any more. */
  readonly lost: readonly string[];
}

/** What of an app has its room already, and how more of it comes. */
export interface Tenancy {
  readonly running: readonly Running[];
  /** A candidate gets as many replicas as the live color has. */
  readonly scales: boolean;
  /** Another release under the live color's users comes beside what runs, not instead of it. */
  readonly replacesLiveBeside: boolean;
  /**
   * `specs`: what was recorded of the services that are planned. Takes up to a second on Docker. Rejects when nobody can
   * say; what this deployer may not see is in `unseen`.
   */
  measure(specs: readonly unknown[]): Promise<Capacity>;
}

/** The room that a platform has, and what of the app takes some of it. */
export interface Capacity {
  readonly pools: readonly Pool[];
  readonly occupants: readonly Occupant[];
  /** One line each that could not be looked at. */
  readonly unseen: readonly string[];
  /** What each replica takes of a service whose release was recorded with this spec. */
  takes(color: Color, service: string, spec: unknown): Amounts;
}

export type PlatformAddress = DockerAddress | KubernetesAddress;

export interface DockerAddress {
  readonly kind: "docker";
  /** Docker host; empty for the ambient one. */
  readonly host: string;
  /** Said by the program; otherwise the host tells. */
  readonly remote?: boolean;
}

export interface KubernetesAddress {
  readonly kind: "kubernetes";
  /** Contents of a kubeconfig or its path, a secret; empty for the ambient one: `KUBECONFIG`, `~/.kube/config` or in-cluster. */
  readonly kubeconfig: string;
  /** Context in it; empty for its current one. */
  readonly context: string;
  readonly namespace: string;
}

/** The router as it was declared: what is needed to find it, to ask it and to move it. */
export type RouterAddress = CaddyRouterAddress | ServiceRouterAddress | IngressRouterAddress | NoRouterAddress;

export interface NoRouterAddress {
  readonly kind: "none";
  /** Name of the object that holds the record, where the platform has it as one. */
  readonly name: string;
  /** How long what was started has to become ready. */
  readonly startMs: number;
}

export interface CaddyRouterAddress {
  readonly kind: "caddy";
  /** Id of the router's container, and its image. */
  readonly container: string;
  readonly image: string;
  /** Networks of the colors, in which it stands. */
  readonly networks: readonly string[];
  /** Where users reach it, as seen by the Docker host. */
  readonly live: { readonly host: string; readonly port: number };
}

export interface ServiceRouterAddress {
  readonly kind: "service";
  /** Name of the stable Service. */
  readonly name: string;
  /** The Service's port that is asked. */
  readonly port: number;
  /** Where the deployer reaches the live address itself; empty: through the API server's proxy. */
  readonly url: string;
  /** `Host` that is asked for at `url`; empty: the one in it. */
  readonly host?: string;
  /** How long an ingress controller in front of it takes to follow a change. */
  readonly followMs?: number;
  /** Someone else made it and declares it. */
  readonly adopted?: boolean;
}

export interface IngressRouterAddress {
  readonly kind: "ingress";
  /** Name of the Ingress whose backend the cutover writes. */
  readonly name: string;
  readonly rules: readonly { readonly host: string; readonly path: string; readonly pathType: string }[];
  /** As of a Service. */
  readonly url: string;
  readonly followMs?: number;
}

/**
 * An object of a platform that routes, as it was declared: all of it but what the cutover writes and what identifies it.
 * When it changes, the live address is looked at.
 */
export interface RouterObject {
  /** `Service shop`. */
  readonly object: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** One router, and the service that it exposes. */
export interface Front {
  readonly router: RouterAddress;
  readonly service: string;
}

/**
 * All that stands in front of an app, in the order in which it is switched. The first router leads: its color is the
 * app's, and its live address the one that is meant where none is named.
 */
export interface Fronts extends Front {
  /** The other routers; absent where there is only one. */
  readonly followers?: readonly Front[];
}

/** The same as one list, for routers as they are declared and as they are looked for. */
export function frontsOf<R>(fronts: {
  readonly router: R;
  readonly service: string;
  readonly followers?: readonly { readonly router: R; readonly service: string }[] | undefined;
}) {
  const { router, service, followers = [] } = fronts;
  return [{ router, service }, ...followers] as const;
}

/** The services that they expose, in their order. */
export function exposedBy(fronts: Fronts): string[] {
  return frontsOf(fronts).map(({ service }) => service);
}

/** How the interlock finds a router that it has no address of yet. */
export interface RouterQuery {
  readonly kind: RouterAddress["kind"];
  /** Name of the routed object; empty where it gets one from the app's identity. */
  readonly name: string;
  /** One that someone else made may be taken over. */
  readonly adopt: boolean;
  /** Of such a one: its port that is meant; left out where it is to have one only. */
  readonly port?: number;
  /** Without a router: which services never run in both colors at once. */
  readonly exclusive?: NoRouterSettings["exclusive"];
}

/** What the interlock knows when it asks. */
export interface Query {
  readonly app: string;
  readonly fronts: readonly { readonly router: RouterQuery; readonly service: string }[];
  /** The version that each color was given last. */
  readonly versions: Versions;
  /** How each color's recorded release is reached. */
  readonly reach: PerColor<Reaches>;
  /** The router has carried traffic, so one that is gone is missed. */
  readonly deployed: boolean;
}

export type Versions = Readonly<Partial<Record<Color, string>>>;

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
  readonly router: Router;
  /** The backends of each color's recorded release, as the router is told them. */
  readonly targets: Targets;
  takeLease(wish: LeaseWish): Promise<Lease | { readonly heldBy: string }>;
  /** The lease as it lies there now: a running cutover, or one that was killed. */
  readUnfinished(): Promise<Unfinished | null>;
  /** Identities of the color's backends now; every gate must have seen each of them. */
  subjects(color: Color): Promise<readonly string[]>;
  /** Why the color can't take traffic; `null` when all of its backends are ready. */
  whyNotReady(color: Color): Promise<string | null>;
  /** One line each of the color's recorded containers or Deployments that someone else has removed or replaced. */
  missing(color: Color): Promise<readonly string[]>;
  /**
   * One line a backend of the color that ended by itself and was started again, with how often; another line when it
   * happens again. Live traffic may meet none of it and still lose requests each time.
   */
  crashes(color: Color): Promise<readonly string[]>;
  /** What images run of the color, where the platform and not Pulumi resolves their tags. */
  images?(color: Color): Promise<Images>;
  /** The color's containers that run now, for checks after the switch. */
  containers(color: Color): Promise<readonly RunningContainer[]>;
  /** Where a command on the deployer reaches the live address. */
  openUrl(live: Color): Promise<OpenedUrl>;
  /** Runs an image beside the live color, once, told as a command is; where the platform does that. */
  runJob?(live: Color, job: Omit<JobWish, "env">): Promise<JobResult>;
  /** Whether killed runs left anything that nobody recorded. */
  hasLeftovers(): Promise<boolean>;
  /** Removes that, except what live traffic goes to. */
  sweep(live: readonly string[]): Promise<void>;
  /**
   * Moves the connections that the color's backends still hold to the other color. Never rejects. Asks `fenced` before
   * it writes, and ends when there is a reason not to.
   */
  drain(color: Color, withinMs: number, fenced: () => Promise<string | null>): Promise<DrainRecord>;
  /** From where the live address is asked, if not by the deployer itself. */
  readonly askedFrom?: string;
  /** Lets go of what was opened to ask it. */
  close(): Promise<void>;
  /** Adds a record to the app's journal. Each has an entry of its own, so none is ever overwritten. */
  keepJournal(record: JournalRecord): Promise<void>;
  /** Makes each color's own address lead to its recorded release, where that takes more than to declare it. */
  leadToColors?(): Promise<void>;
  /** Gives back what someone else made and this app routed through; says what a person should know of it. */
  giveBack?(): Promise<readonly string[]>;
  /** Brings the router up, whoever stopped it, where the platform does not do that by itself. */
  wakeRouter(): Promise<void>;
  /** Runs an image for both colors, once; where the platform does that. */
  runMigration?(job: JobWish): Promise<JobResult>;
  /** What runs of the color's recorded release. */
  remains(color: Color): Remains;
  /** `null` where each replica is a resource of its own. */
  readonly scaling: Scaling | null;
  /** How the live color is looked at where there is no live address to ask; `null` where there is one. */
  readonly duty: Duty | null;
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

/** Whose backends a gate is to look at. */
export interface CandidateQuery extends Fronts {
  /** Who asks. */
  readonly gate: { readonly name: string };
  readonly attempt: number;
  readonly app: string;
  readonly color: Color;
  readonly release: string;
  readonly reach: PerColor<Reaches>;
  /** Where the candidate answers by itself, on platforms where it has such an address. */
  readonly candidateUrl: string;
}

/** What a gate checks. */
export interface Candidate extends Subject {
  /** Identities of all backends of the color that run. */
  readonly subjects: readonly string[];
  close(): Promise<void>;
}
