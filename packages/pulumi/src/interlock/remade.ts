import { type Color, colors, isReached, type PerColor, perColor, type Sight } from "@bluegreen/core";
import type { ReleaseShape } from "../app/release-definition.ts";
import type { PlatformAddress } from "../contracts/addresses.ts";
import type { Lacking, RecordedApp, RecordedRelease, ServiceImages } from "../contracts/platform.ts";
import { isUnknown } from "../dynamic/unknown.ts";
import { reasonOf } from "../io/reason.ts";
import { platformOf } from "../platforms.ts";

/**
 * How often each part was made anew that someone else had removed. What is declared with its number is replaced when that
 * grows: state knows nothing of what went, and an update would leave it gone.
 */
export interface Remade {
  readonly router: number;
  readonly networks: PerColor<number>;
  readonly containers: PerColor<number>;
}

/** What runs a color's recorded release on a Docker host, by the images that it was made of and not by their tags. */
export type SeenImages = PerColor<ServiceImages>;

/** What a look at what is there yields. */
interface Looked {
  /** `undefined` where the platform makes anew by itself what goes. */
  readonly remade: Remade | undefined;
  readonly images: SeenImages | undefined;
}

/** What is recorded of an app, and what the router says. */
export interface Recorded {
  readonly name: string;
  readonly app: string;
  readonly platform: PlatformAddress;
  readonly sight: Sight;
  /** The color that was live as the last run ended. */
  readonly live: Color | null;
  /** The releases that were recorded, and are now. */
  readonly versions: { readonly before: Versions; readonly now: Versions };
  readonly shape: PerColor<unknown>;
  readonly replicas: Readonly<Record<string, number>>;
  readonly remade: Remade | undefined;
  readonly images: SeenImages | undefined;
  /** There was a run before. */
  readonly begun: boolean;
  /** The app has a router. */
  readonly routed: boolean;
}

type Versions = Readonly<Partial<Record<Color, string>>>;

const never: Remade = { router: 0, networks: { blue: 0, green: 0 }, containers: { blue: 0, green: 0 } };

export async function remadeAfter(recorded: Recorded): Promise<Looked> {
  const { name, app, platform, sight } = recorded;
  if (platform.kind !== "docker") return { remade: undefined, images: undefined };
  const before = { remade: recorded.remade ?? never, images: recorded.images };
  if (isUnknown(platform) || sight.kind === "unreachable") return before;
  const releases = perColor((color) => releaseOf(recorded, color));
  const lacking = await (await platformOf(platform)).parts?.lacking({ app, releases }).catch(reasonOf);
  if (lacking === undefined) return before;
  if (typeof lacking === "string") {
    console.error(`${name}: whether something was removed from the Docker host is not known: ${lacking}`);
    return before;
  }
  const images = perColor((color) => ({ ...releases[color]?.images, ...lacking.images[color] }));
  // A first deployment has nothing yet.
  if (!recorded.begun) return { remade: before.remade, images };
  const gone = goneAmong(recorded, lacking, releases).filter((color) => {
    const lost = Object.values(images[color]).filter(({ id, digest }) => digest === null && lacking.lost.includes(id));
    if (lost.length === 0) console.error(`${name}: containers of ${color} are gone, and are made anew`);
    else console.error(`${name}: containers of ${color} are gone, and ${howToGetBack(color, lost)}`);
    return lost.length === 0;
  });
  const remade = {
    // One that stood in a network can't be started without it.
    router: before.remade.router + Number((lacking.router || lacking.networks.length > 0) && recorded.routed),
    networks: perColor((color) => before.remade.networks[color] + Number(lacking.networks.includes(color))),
    containers: perColor((color) => before.remade.containers[color] + Number(gone.includes(color))),
  };
  return { remade, images };
}

/** The colors whose containers this run makes anew. */
export function madeAgain(before: Remade | undefined, now: Remade | undefined): PerColor<boolean> {
  return perColor((color) => (now?.containers[color] ?? 0) > (before?.containers[color] ?? 0));
}

function howToGetBack(color: Color, lost: readonly { readonly id: string }[]): string {
  const ids = lost.map(({ id }) => id.replace("sha256:", "").slice(0, 12)).join(", ");
  return `so is its image ${ids}, which no registry is known to have: load it again, or give ${color} a new version`;
}

/** Of another release than before there is nothing yet. */
function releaseOf({ versions, shape, replicas, images }: Recorded, color: Color): RecordedRelease | null {
  const version = versions.now[color];
  if (version === undefined) return null;
  if (version !== versions.before[color]) return { version, containers: 0, images: {} };
  const services = Object.keys((shape[color] as ReleaseShape | null)?.services ?? {});
  const containers = services.reduce((sum, service) => sum + (replicas[service] ?? 1), 0);
  return { version, containers, images: images?.[color] ?? {} };
}

/**
 * The colors of which all containers are made anew. Of one that has users, only when none of it is left: those that are
 * there would be replaced, too.
 */
export function goneAmong(
  { sight, live }: Pick<Recorded, "sight" | "live">,
  lacking: Lacking,
  releases: RecordedApp["releases"],
): Color[] {
  const hasUsers = (color: Color) =>
    sight.kind === "seen" && (sight.observation.color === color || isReached(sight.observation, color));
  return colors.filter((color) => {
    const expected = releases[color]?.containers ?? 0;
    const missing = lacking.containers[color];
    if (expected === 0) return false;
    if (missing === expected) return true;
    const guarded = hasUsers(color) || live === color;
    return !guarded && (missing > 0 || lacking.networks.includes(color));
  });
}
