import { shownAttempt, type Unfinished } from "./claim.ts";
import { type Color, otherColor } from "./color.ts";
import type { Breach, Fault } from "./fault.ts";
import type { Memory, Sight, Wish } from "./interlock.ts";
import { beginLog, lives, type MigrationLog, passNoReturn } from "./migrations.ts";
import type { Observation } from "./record.ts";

/** Versions of the releases, by their color, that are past their point of no return once their cutover is done. */
export type Irreversible = Readonly<Partial<Record<Color, string>>>;

/**
 * The router's log, with the point that the live release has passed by its cutover alone: nobody writes that down before
 * the next cutover leaves it.
 */
export function logOf(
  seen: Observation,
  unfinished: Unfinished | null,
  irreversible: Irreversible,
  beside: string | null = null,
): MigrationLog | null {
  const { color, record, intact } = seen;
  const log = record?.migrations ?? null;
  if (color === null || color === "foreign" || !intact || !record?.release) return log;
  const own = shownAttempt(seen, unfinished);
  const done = own === null || own.from === own.to;
  if (!done || irreversible[color] !== record.release) return log;
  return passNoReturn(log ?? beginLog(null), record.release, record.at, beside);
}

/**
 * The log as a write of the traffic leaves it; none for an app without migrations. Only going on from a release
 * says that its cutover was done; a revert says the contrary.
 */
export function logAfter(
  seen: Observation,
  unfinished: Unfinished | null,
  irreversible: Irreversible | null,
  to: { readonly color: Color | null; readonly release: string | null; readonly reverts: boolean },
): MigrationLog | null {
  const { record } = seen;
  if (irreversible === null && !record?.migrations) return null;
  const leaves = !to.reverts && (record?.active !== to.color || record?.release !== to.release);
  const log = leaves ? logOf(seen, unfinished, irreversible ?? {}) : (record?.migrations ?? null);
  return lives(log ?? beginLog(record?.release ?? null), to.release);
}

/** Refuses a switch to a release that was live before a point of no return. */
export function noReturnBreaches<D>(before: Memory<D> | null, wish: Wish<D>, sight: Sight): Breach[] {
  if (sight.kind !== "seen") return [];
  const { activeColor: color, irreversible, returnPast } = wish;
  const { observation: seen, unfinished } = sight;
  const version = wish.releases[color]?.version;
  const stays = seen.color === color && seen.record?.active === color && seen.record.release === version;
  if (version === undefined || stays) return [];
  const point = logOf(seen, unfinished, irreversible, besideOf(before, seen))?.noReturn;
  if (!point?.before.includes(version)) return [];
  const fault: Fault = {
    code: "no-return",
    problem: `${color} ${version} is from before ${point.release}, whose point of no return was passed at ${point.at}`,
    at: "activeColor",
    fix: `give ${color} a new version that can use the database as it is now; or, if this one can, \`returnPast: "${point.release}"\``,
  };
  return [{ fault, override: returnPast === point.release ? `returnPast ${point.release}` : null }];
}

/** What the color that is not live has served. */
function besideOf<D>(before: Memory<D> | null, { color }: Observation): string | null {
  if (color === null || color === "foreign") return null;
  const other = before?.releases[otherColor(color)];
  return other?.sealed ? other.version : null;
}
