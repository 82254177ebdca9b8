import type { CutoverRecord } from "@bluegreen/core";

/**
 * What of the stage is another one on each platform. It is looked at from outside, without any of the library's code,
 * so that the library can't be wrong about itself.
 */
export interface DemoPlatform {
  /** A stack a platform: neither has to know how to take down the other one's. */
  readonly stackName: string;
  /** Tells the picture where it was. */
  readonly where: string;
  /** Chooses what has to be free, ports for example. */
  prepare(): Promise<{ readonly url: string; readonly config: Readonly<Record<string, string>> }>;
  /** Everything of the app that runs, each with what tells it from its successor. */
  running(app: string): Promise<string[]>;
  /** Where the router says that it sends requests; undefined where only its answers tell. */
  routed(): Promise<string | undefined>;
  /** The record of one cutover attempt, from the app's own journal. */
  record(app: string, attempt: number): Promise<CutoverRecord | undefined>;
  /** What is still there of an app that was destroyed. */
  leftBehind(app: string): Promise<string[]>;
  /** Commands to look around by hand. */
  readonly hints: readonly string[];
}

export const platforms = {
  docker: async () => new (await import("./docker.ts")).DockerDemo() as DemoPlatform,
  kubernetes: async () => new (await import("./kubernetes.ts")).KubernetesDemo() as DemoPlatform,
};

export type PlatformName = keyof typeof platforms;

export const isPlatform = (name: string): name is PlatformName => Object.hasOwn(platforms, name);
