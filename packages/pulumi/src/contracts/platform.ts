import type { Color, JournalReading, PerColor, Sight } from "@bluegreen/core";
import type { PublishedPort, RouterQuery } from "./addresses.ts";
import type { Candidate, CandidateQuery } from "./candidate.ts";
import type { Tenancy } from "./capacity.ts";
import type { Reaches, Versions } from "./release.ts";
import type { Site, SiteParts } from "./site.ts";

/**
 * What a platform must be able to do while Pulumi runs. Interlock, gates and cutover know no more of Docker or
 * Kubernetes than this; each platform is one module that is loaded only where it is used.
 */
export interface Platform {
  readonly view: View;
  openSite(parts: SiteParts): Promise<Site>;
  /** The candidate as it runs now. Rejects when an exposed service has no backend that runs. */
  findCandidate(query: CandidateQuery): Promise<Candidate>;
  readonly takeOver: TakeOver;
  /** `null` where the platform makes anew by itself what goes. */
  readonly parts: Parts | null;
  /** Removes what killed runs left and nobody recorded, when the app is destroyed. */
  removeLeftovers(app: string): Promise<void>;
}

/** What the interlock sees before anything is changed. */
export interface View {
  /** Asks the router which color is live. Never rejects: a router that can't be asked is a sight, too. */
  look(query: Query): Promise<Sight>;
  /** What the app's journal says, wherever it lies. */
  journal(app: string): Promise<JournalReading>;
  /** What runs of the app, before it is looked at what there is room for. */
  tenancy(app: string): Promise<Tenancy>;
  /** Which of these ports somebody else holds. */
  portHolders(app: string, ports: readonly PublishedPort[]): Promise<readonly PortHolder[]>;
}

/** What there is of an app, for a state that has nothing of it. */
export interface TakeOver {
  standing(app: string, versions: Versions): Promise<Standing>;
  /** Identities of apps that a component of this name has made here. */
  namesakes(name: string): Promise<readonly string[]>;
  /** `null` where Pulumi claims nothing of what it has made. */
  readonly claims: Claims | null;
}

/** What an earlier state's Pulumi claims of an app. */
export interface Claims {
  /** Gives it up. */
  release(app: string): Promise<void>;
}

/** The containers and networks that an app consists of, where nobody but Pulumi makes them. */
export interface Parts {
  /** What of the app's recorded parts is gone. */
  lacking(recorded: RecordedApp): Promise<Lacking>;
  /** The app's router that carries users' traffic now, by a name for a person; `null` when there is none. */
  servingRouter(app: string): Promise<string | null>;
  /** Clears what a killed first deployment left in the way of the next; called while nothing has ever been live. */
  makeRoom(app: string): Promise<void>;
}

export interface PortHolder extends PublishedPort {
  /** Whose port it is: "of the Docker host", "of the cluster's nodes". */
  readonly of: string;
  /** Who listens there, in words. */
  readonly holder: string;
  /** The app whose router that is, if it is one's. */
  readonly app?: string | undefined;
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
