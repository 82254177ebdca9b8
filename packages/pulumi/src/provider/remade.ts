import { type Color, colors, isReached, type PerColor, perColor, type Sight } from "@bluegreen/core";
import { type Lacking, type PlatformAddress, platformOf, type RecordedApp, type RecordedRelease } from "../platform.ts";
import { reasonOf } from "../reason.ts";
import type { ReleaseShape, ServiceLeaf } from "../release-definition.ts";
import { isUnknown } from "./unknown.ts";

/**
 * How often each part was made anew that another hand had removed. What is declared with its number is replaced when that
 * grows: state knows nothing of what went, and an update would leave it gone.
 */
export interface Remade {
  readonly router: number;
  readonly networks: PerColor<number>;
  readonly containers: PerColor<number>;
  /** Where the recorded releases' images are to be had again, by their ids: `repository@sha256:…`. */
  readonly images: Readonly<Record<string, string>>;
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
  /** What each color's release is made of now, as far as it is known. */
  readonly leaf: PerColor<unknown>;
  readonly replicas: Readonly<Record<string, number>>;
  readonly remade: Remade | undefined;
  /** There was a run before. */
  readonly begun: boolean;
  /** The app has a router. */
  readonly routed: boolean;
}

type Versions = Readonly<Partial<Record<Color, string>>>;

const never: Remade = { router: 0, networks: { blue: 0, green: 0 }, containers: { blue: 0, green: 0 }, images: {} };

/** `undefined` where the platform makes anew by itself what goes. */
export async function remadeAfter(recorded: Recorded): Promise<Remade | undefined> {
  const { name, app, platform, sight } = recorded;
  if (platform.kind !== "docker") return undefined;
  const before = recorded.remade ?? never;
  if (isUnknown(platform) || sight.kind === "unreachable") return before;
  const releases = perColor((color) => releaseOf(recorded, color));
  const lacking = await (await platformOf(platform)).lacking?.({ app, releases }).catch(reasonOf);
  if (lacking === undefined) return before;
  if (typeof lacking === "string") {
    console.error(`${name}: whether something was removed from the Docker host is not known: ${lacking}`);
    return before;
  }
  const ids = colors.flatMap((color) => releases[color]?.images ?? []);
  const images = Object.fromEntries(
    ids.flatMap((id) => {
      const digest = before.images[id] ?? lacking.images[id];
      return digest ? [[id, digest]] : [];
    }),
  );
  // A first deployment has nothing yet.
  if (!recorded.begun) return { ...before, images };
  const gone = goneAmong(recorded, lacking, releases).filter((color) => {
    const lost = (releases[color]?.images ?? []).filter((id) => !(id in lacking.images) && !(id in images));
    if (lost.length === 0) console.error(`${name}: containers of ${color} are gone, and are made anew`);
    else console.error(`${name}: containers of ${color} are gone, and ${howToGetBack(color, lost)}`);
    return lost.length === 0;
  });
  return {
    // One that stood in a network can't be started without it.
    router: before.router + Number((lacking.router || lacking.networks.length > 0) && recorded.routed),
    networks: perColor((color) => before.networks[color] + Number(lacking.networks.includes(color))),
    containers: perColor((color) => before.containers[color] + Number(gone.includes(color))),
    images,
  };
}

/** The colors whose containers this run makes anew. */
export function madeAgain(before: Remade | undefined, now: Remade | undefined): PerColor<boolean> {
  return perColor((color) => (now?.containers[color] ?? 0) > (before?.containers[color] ?? 0));
}

function howToGetBack(color: Color, lost: readonly string[]): string {
  const ids = lost.map((id) => id.replace("sha256:", "").slice(0, 12)).join(", ");
  return `so is its image ${ids}, which no registry is known to have: load it again, or give ${color} a new version`;
}

/** Of another release than before there is nothing yet. */
function releaseOf({ versions, shape, replicas, leaf }: Recorded, color: Color): RecordedRelease | null {
  const version = versions.now[color];
  if (version === undefined) return null;
  const services = Object.keys((shape[color] as ReleaseShape | null)?.services ?? {});
  const kept = version === versions.before[color] ? services : [];
  const containers = kept.reduce((sum, service) => sum + (replicas[service] ?? 1), 0);
  return { version, containers, images: imagesOf(leaf[color]) };
}

function imagesOf(leaf: unknown): string[] {
  if (typeof leaf !== "object" || leaf === null || isUnknown(leaf)) return [];
  const images = Object.values(leaf as Record<string, ServiceLeaf>).map(({ spec }) => spec.image);
  return [...new Set(images.filter((image) => typeof image === "string"))];
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
