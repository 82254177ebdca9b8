import { isObject, type Properties, sameValue, UNKNOWN, type Value } from "../property-values.ts";
import type { Difference, DiffKind } from "../provider-server.ts";
import { DEFAULTS } from "./check.ts";
import { ignored } from "./ignored.ts";
import { filled } from "./plan.ts";
import { isNothing, type Property, type Schema } from "./schema.ts";

type Kind = "ADD" | "DELETE" | "UPDATE";
type Found = (path: string, kind: Kind) => void;

/**
 * The difference between what is recorded and what is wished, property by property.
 * @param replacedFirst the official plugin deletes this type before it creates the replacement, whatever its name
 */
export function diff(
  schema: Schema,
  olds: Properties,
  news: Properties,
  ignoreChanges: string[],
  replacedFirst: boolean,
): Difference {
  const detailed: { [path: string]: DiffKind } = {};
  const replaces: string[] = [];
  const diffs = new Set<string>();
  const { covers } = ignored(ignoreChanges, olds);
  for (const [name, property] of Object.entries(schema)) {
    if (property.output) continue;
    compare(name, property, olds[name], news[name], (path, kind) => {
      if (covers(path)) return;
      diffs.add(name);
      detailed[path] = property.replaces ? `${kind}_REPLACE` : kind;
      if (property.replaces) replaces.push(name);
    });
  }
  return {
    detailed,
    replaces: replaces.sort(),
    diffs: [...diffs].sort(),
    stables: Object.keys(schema)
      .filter((name) => schema[name]?.replaces && !replaces.includes(name))
      .sort(),
    deleteBeforeReplace: replaces.length > 0 && (replacedFirst || nameIsTaken(schema, olds, news)),
  };
}

/** A replacement that keeps a name chosen by hand cannot stand beside the old resource. */
function nameIsTaken(schema: Schema, olds: Properties, news: Properties): boolean {
  const name = Object.keys(schema).find((candidate) => schema[candidate]?.autoName);
  if (!name || (news[DEFAULTS] as string[] | undefined)?.includes(name)) return false;
  return sameValue(olds[name], news[name]);
}

function compare(path: string, property: Property, old: Value | undefined, now: Value | undefined, found: Found): void {
  if (isNothing(now)) {
    const leftAlone = now === undefined && (property.computed || property.keptWhenUnset);
    if (!leftAlone && !isNothing(old) && !sameValue(old, property.unset))
      found(path, now === undefined ? "DELETE" : "UPDATE");
    return;
  }
  // Docker could fill in a set that is still unknown, so it may end up as it is.
  if (now === UNKNOWN && property.type === "set" && property.computed) return;
  if (now === UNKNOWN || old === undefined || old === null) {
    found(path, old === undefined || old === null ? "ADD" : "UPDATE");
    return;
  }
  if (Array.isArray(now) && Array.isArray(old)) {
    if (old.length === 0) found(path, "ADD");
    else if (property.type === "set") compareSets(path, property, old, now, found);
    else compareLists(path, property, old, now, found);
    return;
  }
  if (isObject(now) && isObject(old)) {
    if (property.fields) compareObjects(path, property.fields, old, now, found);
    else compareMaps(path, old, now, found);
    return;
  }
  if (!sameValue(old, now)) found(path, "UPDATE");
}

function compareLists(path: string, property: Property, old: Value[], now: Value[], found: Found): void {
  for (let index = 0; index < Math.max(old.length, now.length); index++) {
    const [before, after] = [old[index], now[index]];
    const at = `${path}[${index}]`;
    if (before === undefined || after === undefined) found(at, before === undefined ? "ADD" : "DELETE");
    else if (property.fields && isObject(before) && isObject(after))
      compareObjects(at, property.fields, before, after, found);
    else if (!sameValue(before, after)) found(at, "UPDATE");
  }
}

/** Sets know no order: an item is there or not. Its index is where it stands among the wished or recorded ones. */
function compareSets(path: string, property: Property, old: Value[], now: Value[], found: Found): void {
  const whole = (item: Value) => (property.fields && isObject(item) ? filled(property.fields, item, "zero") : item);
  const missing = (items: Value[], others: Value[]) =>
    items.flatMap((item, index) => (others.some((other) => sameValue(whole(item), whole(other))) ? [] : [index]));
  const added = missing(now, old);
  const removed = missing(old, now);
  for (const index of added) {
    const at = `${path}[${index}]`;
    const [before, after] = [old[index], now[index]];
    if (!removed.includes(index)) found(at, "ADD");
    else if (property.fields && isObject(before!) && isObject(after!))
      compareObjects(at, property.fields, before, after, found);
    else found(at, "UPDATE");
  }
  for (const index of removed) if (!added.includes(index)) found(`${path}[${index}]`, "DELETE");
}

function compareMaps(path: string, old: Properties, now: Properties, found: Found): void {
  for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
    if (sameValue(old[key], now[key])) continue;
    const at = /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}["${key}"]`;
    found(at, !(key in old) ? "ADD" : !(key in now) ? "DELETE" : "UPDATE");
  }
}

function compareObjects(path: string, fields: Schema, old: Properties, now: Properties, found: Found): void {
  for (const [name, field] of Object.entries(fields)) compare(`${path}.${name}`, field, old[name], now[name], found);
}
