import { isDeepStrictEqual } from "node:util";
import { type Fault, isColor, type JournalEntry, lastAllowedBy, type PerColor } from "@bluegreen/core";
import { frontsOf } from "../app/fronts.ts";
import type { Standing } from "../contracts/platform.ts";
import type { Versions } from "../contracts/release.ts";
import { isUnknown } from "../dynamic/unknown.ts";
import { reasonOf } from "../io/reason.ts";
import { platformOf } from "../platforms.ts";
import { entriesOf } from "./journal.ts";
import type { InterlockInputs, InterlockState } from "./state.ts";

/** A living app that a state took over, whose router was made as nobody knows any more. */
export interface TakenOver {
  /** Some of it may be missing in state still: no run without any state before it has come to its end. */
  readonly goesOn: boolean;
  /** When one had that took it over before, by the journal. */
  readonly since: string;
  /** See `Standing`; of colors whose version is the program's. */
  readonly parts: Standing["parts"];
  /** What the program asked of the router then: as long as it asks for the same, that stays as it stands. */
  readonly asked: unknown;
}

/** Its name in records. */
export function wordOf(app: string): string {
  return `takeOver ${app}`;
}

/** What there is of the app that this run takes over, or goes on to; `null` when it does not. */
export async function standing(
  app: string,
  before: InterlockState | null,
  news: InterlockInputs,
  journal: readonly JournalEntry[] | null,
): Promise<Standing | null> {
  // In a stack that has the app it is said anew, for parts that its state has lost.
  const begins = news.takeOver !== undefined && news.takeOver !== before?.takeOver;
  const taken = before?.takenOver;
  const goesOn = taken?.goesOn === true && !(journal && lastAllowedBy(journal, wordOf(app)) > taken.since);
  if ((!begins && !goesOn) || isUnknown(news.platform)) return null;
  return (await platformOf(news.platform)).takeOver.standing(app, news.versions);
}

export async function takenOverAfter(
  app: string,
  before: InterlockState | null,
  news: InterlockInputs,
  found: Standing | null,
  sealed: PerColor<boolean>,
): Promise<TakenOver | null> {
  const asked = askedOf(news);
  if (found) {
    const begun = before?.takenOver ?? { asked, since: await lastTakenOver(app, news) };
    const parts = partsOf(found, news.versions, sealed);
    return { goesOn: before?.takenOver?.goesOn ?? before === null, parts, asked: begun.asked, since: begun.since };
  }
  const known = before?.takenOver;
  return known && isDeepStrictEqual(known.asked, asked) ? { ...known, goesOn: false, parts: {} } : null;
}

async function lastTakenOver(app: string, { platform }: InterlockInputs): Promise<string> {
  return lastAllowedBy((await entriesOf(app, platform)) ?? [], wordOf(app));
}

/** What the program says of a router that is a container. */
function askedOf({ routerImage, ports = [], router, service, followers }: InterlockInputs): unknown {
  const services = frontsOf({ router, service, followers }).map((front) => front.service);
  return { image: routerImage?.given ?? null, ports, services };
}

/** Of a color only what is frozen: of all else Pulumi would see, and refuse, how it was made. */
function partsOf({ parts, releases }: Standing, versions: Versions, sealed: PerColor<boolean>): Standing["parts"] {
  const kept = Object.entries(parts).filter(([part]) => {
    const [, color] = /^(blue|green)-/.exec(part) ?? [];
    return color === undefined || (isColor(color) && sealed[color] && releases[color] === versions[color]);
  });
  return Object.fromEntries(kept);
}

/** `takeOver` of another app than the stack has. */
export function otherAppFaults(before: InterlockState | null, { takeOver }: InterlockInputs): Fault[] {
  if (!before || !takeOver || takeOver === before.app) return [];
  const problem = `this stack has the app ${before.app}, and is to take over ${takeOver}`;
  return [
    {
      code: "other-app",
      problem,
      at: "takeOver",
      fix: "remove it, or take the other app over with a stack of its own",
    },
  ];
}

/** What a new app may really be: one whose state was lost. */
export async function namesakesTold({ name, platform, takeOver }: InterlockInputs): Promise<void> {
  if (takeOver || isUnknown(platform)) return;
  const apps = await (await platformOf(platform)).takeOver.namesakes(name).catch(reasonOf);
  // Where nobody answers, the look at the router says so.
  if (typeof apps === "string") return;
  for (const app of apps) {
    const lost = `if that is this stack's, whose state was lost, say \`takeOver: "${app}"\``;
    console.error(`${name}: a new app, and ${app} is there already; ${lost}`);
  }
}
