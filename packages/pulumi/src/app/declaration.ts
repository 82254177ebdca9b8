import type { Color, PerColor } from "@bluegreen/core";
import type * as pulumi from "@pulumi/pulumi";
import type {
  Fronts,
  PlatformAddress,
  PublishedPort,
  RouterAddress,
  RouterObject,
  RouterQuery,
} from "../contracts/addresses.ts";
import type { Workload } from "../contracts/site.ts";
import type { Interlock } from "../interlock/resource.ts";
import type { DeepInput, DeepInputs } from "./deep-input.ts";
import type { ReleaseDefinition, ReleaseShape } from "./release-definition.ts";

/** What of a platform's declaration is known before anything is declared: the interlock is told most of it. */
export interface DeclaredFacts {
  readonly address: DeepInput<PlatformAddress>;
  /** How the interlock finds the routers, in their order. */
  readonly routerQueries: readonly [RouterQuery, ...RouterQuery[]];
  /** The image of a router that is a container: the program's, if it names one, and the library's own. */
  readonly routerImage?: { readonly given: pulumi.Input<string> | null; readonly standard: string };
  /** Ports of the host, or of all nodes, on which the routers listen; none where they have addresses of their own. */
  readonly publishes: readonly PublishedPort[];
  /** Replicas are a number with more than one writer, and not resources of their own. */
  readonly scales: boolean;
  /**
   * What of a service's spec says how much it takes, known in every preview; a spec is not, while its image is looked up.
   * Services that say nothing are left out.
   */
  readonly sizes: Readonly<Record<string, object>>;
  /**
   * Ports of live addresses that are the exposed service's own, by its name: recorded as the app is made, for a release
   * that listens elsewhere must not move the address that users know.
   */
  readonly livePorts: Readonly<Record<string, number>>;
}

/**
 * How a platform declares an app's resources, in the order of the road: what the releases are (for the interlock), then
 * from the interlock's outputs what both colors stand on, the router, and each color.
 */
export interface Declaration {
  readonly facts: DeclaredFacts;
  /** The program's present definition of each color's release; `null` for a color without one. */
  defineReleases(): PerColor<ReleaseDefinition | null>;
  /** Must be called once, before anything below. */
  declareRouter(interlock: Interlock, standing: StandingRouter): DeclaredRouter;
  /** Both are called inside `shape.apply`, with that color's part of it: first what has to be fetched for a color, if that is Pulumi's. */
  declareImages(
    color: Color,
    interlock: Interlock,
    shape: ReleaseShape | null,
    after: readonly pulumi.Resource[],
  ): readonly pulumi.Resource[];
  declareColor(color: Color, interlock: Interlock, rendered: Rendered): DeclaredColor;
}

/** Ids of what there is of an app that is taken over, by the end of the resource's name; nothing in any other run. */
export type Imports = Readonly<Record<string, string>>;

export interface StandingRouter {
  readonly imports: Imports;
  /** It was taken over, and nothing else is asked of it since. */
  readonly asItStands: boolean;
}

/** These options, with the id by which a part is imported. */
export function imported(
  options: pulumi.CustomResourceOptions,
  imports: Imports,
  part: string,
): pulumi.CustomResourceOptions {
  const id = imports[part];
  return id === undefined ? options : { ...options, import: id };
}

/** What of a color is known in every preview. */
export interface Rendered {
  readonly shape: ReleaseShape | null;
  /** Replicas a service. */
  readonly replicas: Readonly<Record<string, number>>;
  /** The release is sealed and kept: nothing of it may be changed, replaced or restarted, whatever asks for it. */
  readonly frozen: boolean;
  /** The color that was live as this run began. */
  readonly live: Color | null;
  readonly imports: Imports;
  /** What must be done before the color's release starts. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * Options of what one release brings and the next one replaces. `protect` of the app is for what outlives releases: router,
 * networks, volumes, record, interlock and cutover; of these it would keep every switch from being made.
 */
export const ofRelease = { protect: false } as const satisfies pulumi.CustomResourceOptions;

/** These options with more that has to come first. */
export function afterAll(
  options: pulumi.CustomResourceOptions,
  first: readonly pulumi.Resource[],
): pulumi.CustomResourceOptions {
  if (first.length === 0) return options;
  const { dependsOn = [] } = options;
  return { ...options, dependsOn: [...[dependsOn as pulumi.Resource | pulumi.Resource[]].flat(), ...first] };
}

export interface DeclaredRouter {
  readonly resources: readonly pulumi.Resource[];
  /** One an exposed service, in their order. */
  readonly fronts: readonly [DeclaredFront, ...DeclaredFront[]];
  /** What they consist of, where their addresses do not change with every change of it. */
  readonly objects?: readonly pulumi.Output<RouterObject>[];
}

/** What a router in front of each exposed service is to those that have to find it. */
export function frontInputs(
  [service, ...others]: readonly [string, ...string[]],
  { fronts }: DeclaredRouter,
): DeepInputs<Fronts> {
  const followers = others.map((own, index) => ({
    router: (fronts[index + 1] as DeclaredFront).address,
    service: own,
  }));
  return { router: fronts[0].address, service, ...(followers.length === 0 ? {} : { followers }) };
}

export interface DeclaredFront {
  readonly address: DeepInput<RouterAddress>;
  /** The live address, and where each color answers by itself. */
  readonly url: pulumi.Output<string>;
  colorUrl(color: Color): pulumi.Output<string>;
}

export interface DeclaredColor {
  readonly resources: readonly pulumi.Resource[];
  readonly workloads: pulumi.Output<Workload[]>;
}
