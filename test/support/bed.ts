import { DockerBed } from "./bed/docker.ts";
import { KubernetesBed } from "./bed/kubernetes.ts";

/**
 * What the tests ask of the world that an app runs in. There is one for each platform; the environment chooses
 * (`BLUEGREEN_PLATFORM`, which the test projects `docker` and `kubernetes` set).
 */
export interface Bed {
  readonly platform: "docker" | "kubernetes";
  /** What the live address answers while no color is live. */
  readonly nobody: Answered;
  /** Where one project's apps live. */
  open(options?: GroundOptions): Promise<Ground>;
}

export interface GroundOptions {
  /** Who makes the namespace: the program, or the bed before it. Nothing to Docker. @default "program" */
  readonly namespace?: "program" | "bed";
  /** How the cutover reaches the live address on Kubernetes: where users do, or by the API server. @default "url" */
  readonly via?: "url" | "proxy";
  /** How long Kubernetes waits for a release's pods. @default "30s" */
  readonly startWithin?: string;
  /** Whether the environment says where the cluster is. @default true */
  readonly ambient?: boolean;
  /** Another app's ground, to share its namespace. */
  readonly beside?: Ground;
}

/** Who answered one request through an address. `color` is empty when the router itself answered. */
export interface Answered {
  readonly status: number;
  readonly color: string;
  readonly version: string;
}

export type Json = string | number | boolean | null | undefined | readonly Json[] | { readonly [key: string]: Json };

export interface Ground {
  /** What the engine needs to reach the platform. */
  readonly env: Readonly<Record<string, string>>;
  /** Settings of the platform, for the component. */
  readonly platform: Json;
  /** A live address for one more app, and the settings of the router that makes it. */
  front(app: string): Promise<Front>;
  /** One app as the platform itself shows it. */
  world(identity: string, front: Front): World;
  /** Before the project is destroyed: takes away what the bed itself has put there. */
  clear(): Promise<void>;
  /** Once the project is gone. */
  close(): Promise<void>;
}

export interface Front {
  readonly url: string;
  /** How a command begins that runs where users are, if that is not on this machine. */
  readonly inside?: readonly string[];
  readonly router: { readonly kind: string; readonly [setting: string]: Json };
}

/** What runs of a color: a container on Docker, a pod on Kubernetes. */
export interface Backend {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  /** What the release was recorded as: that container, or the Deployment that the pod is of. */
  readonly workload: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Where the router says live traffic goes. */
export interface RouterView {
  /** Changes with every write to the router. */
  readonly generation: string;
  readonly backends: readonly string[];
  /** All that the router keeps, the library's record included. */
  readonly text: string;
}

export interface World {
  /** What is not on its way out already. */
  backends(color: string): Promise<Backend[]>;
  /** Removes the last container or the Deployment of a color's `web` as somebody would who goes past Pulumi. */
  removeByHand(color: string): Promise<void>;
  /** Names of those that run. */
  running(color: string): Promise<string[]>;
  /** Containers or Deployments of a color, also those that nobody recorded. */
  workloads(color: string): Promise<string[]>;
  /** Backends as gates name them in their evidence. */
  subjects(color: string): Promise<string[]>;
  /** What runs of a color, and since when; another one as soon as anything of it was made anew or restarted. */
  starts(color: string): Promise<string[]>;
  /** Environment variables that a service of a color is given. */
  environment(color: string, service: string): Promise<Record<string, string>>;
  /** Where this machine reaches a color by itself, live or not. */
  colorUrl(color: string): Promise<string>;
  view(): Promise<RouterView>;
  /** Sends live traffic of a service (of `web`) to a color as somebody would who goes past the library. */
  moveByHand(color: string, service?: string): Promise<void>;
  /** The same, to something that is no color's and answers as 1.2.0. */
  moveToStranger(): Promise<void>;
  /** How a refusal names the hand that has just moved the traffic, as far as the platform tells. */
  readonly hand: RegExp;
  leases(): Promise<string[]>;
  /** Everything that carries the app's label, by kind and name. */
  inventory(): Promise<string[]>;
  /** The cutovers' records. */
  journal(): Promise<string>;
  /** Whatever people see who look at the app, by what they look at; not what is a secret on the platform itself. */
  visible(): Promise<Record<string, string>>;
}

export const bed: Bed = process.env.BLUEGREEN_PLATFORM === "kubernetes" ? new KubernetesBed() : new DockerBed();
