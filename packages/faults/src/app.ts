import type { Color } from "@bluegreen/core";
import { ExclusiveApp } from "./exclusive-app.ts";
import type { Ground } from "./ground.ts";
import type { Loss } from "./loss.ts";
import { RoutedApp } from "./routed-app.ts";

/** A kind of app that is struck: what the program declares of it, and how those see it who use it. */
export interface App {
  /** Settings for the program. */
  readonly settings: {
    readonly router: object;
    readonly services: object;
    readonly gates: readonly object[];
    readonly bake: string;
  };
  /** The verification's checks, one of which fails once the color was spoiled by that path. */
  checks(breach: string): readonly object[];
  /** It is deployed, and somebody uses it from now on. */
  watch(): Promise<void>;
  /** Who is live by users' word: `blue`, or `blue, green`, or `nobody`. */
  answering(): Promise<string>;
  /** Verification fails from now on. Where there are requests to fail, none does. */
  spoil(color: Color, breach: string): Promise<void>;
  /** The color's process ends by itself. */
  crash(color: Color): Promise<void>;
  /** For `lossSince`. */
  mark(): number;
  lossSince(mark: number): Promise<Loss>;
  close(): Promise<void>;
}

/** By name, in the order in which their rows are played. */
export const apps = {
  router: { words: "one router", open: (ground: Ground): Promise<App> => RoutedApp.open(ground, ["web"]) },
  routers: { words: "two routers", open: (ground: Ground): Promise<App> => RoutedApp.open(ground, ["web", "chat"]) },
  exclusive: { words: "an exclusive service", open: (ground: Ground): Promise<App> => ExclusiveApp.open(ground) },
} as const;

export type AppName = keyof typeof apps;
