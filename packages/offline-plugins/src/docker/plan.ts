import { isObject, type Properties, sameValue, UNKNOWN, type Value } from "../property-values.ts";
import { DEFAULTS } from "./check.ts";
import { isCollection, isNothing, type Property, type Schema } from "./schema.ts";

/** Whether numbers and flags nobody has given read as nothing (at create) or as 0 and false (later on). */
export type Gaps = "nothing" | "zero";

/** An object with all its fields, as it stands in the outputs. */
export function filled(fields: Schema, given: Properties, gaps: Gaps): Properties {
  const whole: Properties = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = given[name];
    whole[name] = value === undefined || value === null ? gapOf(field, gaps) : fill(field, value, gaps);
  }
  return whole;
}

function gapOf(field: Property, gaps: Gaps): Value {
  if (field.computed) return null;
  if (field.unset !== undefined || gaps === "nothing") return field.unset ?? null;
  return field.type === "number" ? 0 : field.type === "boolean" ? false : null;
}

function fill(property: Property, value: Value, gaps: Gaps): Value {
  const fields = property.fields;
  const items = Array.isArray(value)
    ? value.map((item) => (fields && isObject(item) ? filled(fields, item, gaps) : item))
    : value;
  if (property.type === "set" && Array.isArray(items)) return sorted(items);
  return fields && isObject(items) ? filled(fields, items, gaps) : items;
}

/** Sets stand sorted in the outputs, in whatever order they were given: objects by their fields in the order of names. */
function sorted(items: Value[]): Value[] {
  const text = (item: Value): string =>
    isObject(item) ? JSON.stringify(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : String(item);
  const texts = new Map(items.map((item) => [item, text(item)]));
  return [...items].sort((a, b) => (texts.get(a)! < texts.get(b)! ? -1 : texts.get(a)! > texts.get(b)! ? 1 : 0));
}

/** What a create will give, as far as it is known before: `UNKNOWN` where Docker decides. */
export function planCreate(schema: Schema, inputs: Properties): Properties {
  const planned: Properties = { id: UNKNOWN };
  for (const [name, property] of Object.entries(schema)) {
    const value = inputs[name];
    if (value !== undefined) planned[name] = fill(property, value, "nothing");
    else planned[name] = property.computed ? UNKNOWN : (property.unset ?? null);
  }
  return planned;
}

/** A plan as the record of something that was made, but could not be read back. */
export function planAsRecord(schema: Schema, planned: Properties, id: string): Properties {
  const record: Properties = { ...planned, id };
  for (const [name, property] of Object.entries(schema)) {
    if (record[name] === UNKNOWN) record[name] = property.type === "set" && !property.output ? [] : null;
  }
  return record;
}

/**
 * What was planned, overlaid with what Docker says. An empty collection of Docker's doesn't overrule
 * a planned one: right after a create, ports and the like are not always there yet.
 */
export function settle(schema: Schema, planned: Properties, observed: Properties): Properties {
  const result: Properties = { ...planned, ...observed };
  for (const [name, property] of Object.entries(schema)) {
    const wish = planned[name];
    if (isCollection(property) && wish !== UNKNOWN && wish !== undefined && isNothing(observed[name]))
      result[name] = wish;
  }
  return result;
}

/** The record after an update in place: wished values where they differ, everything else as it was. */
export function planUpdate(schema: Schema, olds: Properties, news: Properties, preview: boolean): Properties {
  const result: Properties = { ...olds };
  for (const [name, property] of Object.entries(schema)) {
    if (property.output) continue;
    const value = news[name];
    if (value !== undefined) {
      result[name] = isSameWish(property, olds[name], value)
        ? fillRecorded(property, olds[name]!)
        : fill(property, value, "zero");
    } else if (!property.computed && !property.keptWhenUnset && !isNothing(olds[name])) {
      const gone = property.unset ?? null;
      result[name] = preview || gone !== null ? gone : gapOf(property, "zero");
    }
  }
  return result;
}

/** Ports that Docker has chosen and the order of sets stay as recorded when the wish is the same. */
function isSameWish(property: Property, old: Value | undefined, now: Value): boolean {
  if (!property.fields || !Array.isArray(old) || !Array.isArray(now) || old.length !== now.length) return false;
  return now.every(
    (item, index) =>
      isObject(item) &&
      Object.entries(item).every(([key, value]) => {
        const before = (old[index] as Properties)[key];
        return key === DEFAULTS || sameValue(before, value);
      }),
  );
}

function fillRecorded(property: Property, old: Value): Value {
  return fill(property, old, "zero");
}

/** A record whose items have all their fields: the official plugin completes them at every refresh. */
export function completed(schema: Schema, recorded: Properties): Properties {
  const whole: Properties = { ...recorded };
  for (const [name, property] of Object.entries(schema)) {
    const value = recorded[name];
    if (property.fields && value !== undefined && value !== null) whole[name] = fill(property, value, "zero");
  }
  return whole;
}

/** The inputs after a refresh: what was asked for, corrected by what is really there. */
export function refreshInputs(schema: Schema, inputs: Properties, state: Properties): Properties {
  const refreshed: Properties = {};
  const drifted = new Set<string>();
  for (const [name, value] of Object.entries(inputs)) {
    const property = schema[name];
    const live = state[name];
    if (!property || name === DEFAULTS) refreshed[name] = value;
    else if (agrees(property, value, live))
      refreshed[name] = property.type === "set" && !property.fields ? live! : value;
    else {
      refreshed[name] = live ?? null;
      drifted.add(name);
    }
  }
  const defaults = inputs[DEFAULTS];
  if (Array.isArray(defaults)) refreshed[DEFAULTS] = defaults.filter((name) => !drifted.has(name as string));
  return refreshed;
}

/** The inputs of what is imported: all that is there and can be asked for. */
export function importedInputs(schema: Schema, state: Properties): Properties {
  const given = Object.entries(state).filter(([name, value]) => {
    const property = schema[name];
    return property && !property.output && !isNothing(value);
  });
  return { ...Object.fromEntries(given), [DEFAULTS]: [] };
}

function agrees(property: Property, wish: Value, live: Value | undefined): boolean {
  if (isNothing(wish) && isNothing(live)) return true;
  if (property.type === "set" && !property.fields && Array.isArray(wish) && Array.isArray(live)) {
    return sameValue([...wish].sort(), [...live].sort());
  }
  if (Array.isArray(wish) && Array.isArray(live) && property.fields) {
    const fields = property.fields;
    const fit = (item: Value, other: Value | undefined) =>
      isObject(item) && isObject(other) && fits(fields, item, other);
    if (wish.length !== live.length) return false;
    if (property.type === "set") return wish.every((item) => live.some((other) => fit(item, other)));
    return wish.every((item, index) => fit(item, live[index]));
  }
  if (isObject(wish) && isObject(live) && property.fields) return fits(property.fields, wish, live);
  return sameValue(wish, live);
}

function fits(fields: Schema, wish: Properties, live: Properties): boolean {
  return Object.entries(wish).every(
    ([key, value]) => key === DEFAULTS || (fields[key] !== undefined && agrees(fields[key], value, live[key])),
  );
}
