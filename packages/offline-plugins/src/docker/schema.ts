import type { Value } from "../property-values.ts";

/** How a property looks and behaves; from these tables Check, Diff and the previews are made. */
export interface Property {
  type: "string" | "number" | "boolean" | "list" | "set" | "map" | "object";
  required?: boolean;
  /** Put in by Check and named in `__defaults`. */
  default?: Value;
  /** What stands in the outputs when nothing was given; `null` if absent. */
  unset?: Value;
  /** A change replaces the resource. */
  replaces?: boolean;
  /** Docker fills it in when not given: unknown in previews, and no difference. */
  computed?: boolean;
  /** Not given means: whatever is there. The official plugin suppresses that difference. */
  keptWhenUnset?: boolean;
  /** Set by the plugin only; refused as an input. */
  output?: boolean;
  /** Fields of an object, or of each item of a list or set. Without it, items are strings. */
  fields?: Schema;
  /** Given the name of the resource and 7 hex digits when absent. */
  autoName?: boolean;
}

export interface Schema {
  [name: string]: Property;
}

type Options = Omit<Property, "type">;

const make =
  (type: Property["type"]) =>
  (options: Options = {}): Property => ({ type, ...options });

export const string = make("string");
export const number = make("number");
export const boolean = make("boolean");
export const list = make("list");
export const set = make("set");
export const map = make("map");
export const object = make("object");

/** Marks every property of a table as one whose change replaces the resource. */
export function replacing(schema: Schema): Schema {
  return Object.fromEntries(Object.entries(schema).map(([name, property]) => [name, { ...property, replaces: true }]));
}

export function isCollection(property: Property): boolean {
  return property.type === "list" || property.type === "set" || property.type === "map";
}

/** "", 0, false and empty collections say as much as nothing at all: Docker's API cannot tell them apart. */
export function isNothing(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === "" || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && Object.keys(value).length === 0;
}
