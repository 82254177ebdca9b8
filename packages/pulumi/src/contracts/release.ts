import type { Color, Ready } from "@bluegreen/core";

export type Versions = Readonly<Partial<Record<Color, string>>>;

/**
 * By which a service of one release is reached and asked. It is recorded with the release, so that each color is dialled
 * and asked as its own release wants it, whatever the program says by now.
 */
export interface Reach {
  /** The port that it listens on. */
  readonly port: number;
  readonly ready: Ready | null;
}

/** Of the services of a release that listen, by name. */
export type Reaches = Readonly<Record<string, Reach>>;
