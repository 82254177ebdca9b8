import type { Color, RouterRecord } from "@bluegreen/core";
import type { ApiPath } from "./api-path.ts";

/** What faults do to a platform, and what is asked of it from outside, without any of the library's code. */
export interface Ground {
  readonly platform: PlatformName;
  /** Settings of the platform, for the program. */
  readonly settings: object;
  /** What the deployer needs to come to the platform by `api`. */
  readonly env: Readonly<Record<string, string>>;
  /** The deployer's path to the Docker Engine, or to the API server. */
  readonly api: ApiPath;
  /** New connections alone, where kept ones stay with their backend. */
  readonly newConnectionsOnly: boolean;
  /** The app is there: how it is labelled. */
  found(app: string): void;
  /** Opens a live address for a service. */
  front(service: string): Promise<Front>;
  /** The records that the routers keep beside the color; where there is no live address, the one of the handovers. */
  records(): Promise<readonly RouterRecord[]>;
  leases(): Promise<readonly string[]>;
  /** Colors of which anything runs. */
  running(): Promise<readonly string[]>;
  /** Where this machine reaches a color's service by itself. */
  colorUrl(color: Color, service: string): Promise<string>;
  /** All of the color's processes end at once, as for want of memory. */
  crash(color: Color): Promise<void>;
  /** All of the color's processes stand still, as on a machine that hangs. */
  freeze(color: Color): Promise<void>;
  thaw(color: Color): Promise<void>;
  /** Nothing gets to the color's backends any more, though they run. */
  isolate(color: Color): Promise<void>;
  reconnect(color: Color): Promise<void>;
  /** Nobody gets through a live address. */
  stopRouter(): Promise<void>;
  startRouter(): Promise<void>;
  /** The place where the cutover keeps its journal takes no more. */
  fillJournal(): Promise<void>;
  emptyJournal(): Promise<void>;
  /** Takes away what the faults left; before the stack is destroyed. */
  mend(): Promise<void>;
  /** Once the stack is gone. */
  close(): Promise<void>;
}

/** A live address, and the router that answers there, as settings for the program. */
export interface Front {
  readonly url: string;
  readonly router: object;
}

export type PlatformName = "docker" | "kubernetes";

export const grounds = {
  docker: async () => (await import("./docker.ts")).DockerGround.open() as Promise<Ground>,
  kubernetes: async () => (await import("./kubernetes.ts")).KubernetesGround.open() as Promise<Ground>,
};

export const isPlatform = (name: string): name is PlatformName => Object.hasOwn(grounds, name);
