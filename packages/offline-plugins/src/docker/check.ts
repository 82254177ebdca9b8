import { createHash } from "node:crypto";
import { isObject, type Properties, UNKNOWN, type Value } from "../property-values.ts";
import type { Checked, CheckFailure, NameChoice } from "../provider-server.ts";
import { isCollection, type Property, type Schema } from "./schema.ts";

/** Where Check notes which values it has put in itself. */
export const DEFAULTS = "__defaults";

/** Puts the defaults in, chooses names, and names every property that is unknown, missing or of the wrong type. */
export function check(
  type: string,
  schema: Schema,
  resourceName: string,
  olds: Properties,
  news: Properties,
  naming: NameChoice,
): Checked {
  const failures: CheckFailure[] = [];
  const inputs = checkFields(type, schema, "", news, failures);
  const chosen = inputs[DEFAULTS] as string[];
  for (const [name, property] of Object.entries(schema)) {
    if (!property.autoName || inputs[name] !== undefined) continue;
    const kept = (olds[DEFAULTS] as string[] | undefined)?.includes(name) ? olds[name] : undefined;
    if (kept === undefined && naming.disabled) {
      failures.push({ property: name, reason: `"${name}" must be given: automatic naming is switched off` });
      continue;
    }
    inputs[name] = kept ?? (naming.proposed || automaticName(resourceName, naming.seed));
    chosen.push(name);
  }
  chosen.sort();
  return { inputs, failures };
}

function automaticName(resourceName: string, seed: Uint8Array): string {
  return `${resourceName}-${createHash("sha256").update(seed).digest("hex").slice(0, 7)}`;
}

function checkFields(
  type: string,
  schema: Schema,
  at: string,
  given: Properties,
  failures: CheckFailure[],
): Properties {
  const inputs: Properties = {};
  const defaults: string[] = [];
  for (const [name, value] of Object.entries(given)) {
    if (name === DEFAULTS || value === null) continue;
    const property = schema[name];
    if (property && !property.output) inputs[name] = checkValue(type, property, at + name, value, failures);
    else failures.push({ property: at + name, reason: refusal(type, schema, at + name) });
  }
  for (const [name, property] of Object.entries(schema)) {
    if (inputs[name] !== undefined) continue;
    if (property.required) failures.push({ property: at + name, reason: `"${at}${name}" is missing` });
    if (property.default === undefined) continue;
    inputs[name] = property.default;
    defaults.push(name);
  }
  return { [DEFAULTS]: defaults.sort(), ...inputs };
}

function refusal(type: string, schema: Schema, path: string): string {
  const known = Object.keys(schema).filter((name) => !schema[name]?.output);
  return `the docker stand-in has no property "${path}" of ${type}; it has ${known.sort().join(", ")}`;
}

function checkValue(type: string, property: Property, path: string, value: Value, failures: CheckFailure[]): Value {
  if (value === UNKNOWN) return value;
  const fields = property.fields;
  if (property.type === "object" && fields && isObject(value)) {
    return checkFields(type, fields, `${path}.`, value, failures);
  }
  if (Array.isArray(value) && (property.type === "list" || property.type === "set")) {
    return value.map((item, index) => {
      const itemPath = `${path}[${index}]`;
      if (item === UNKNOWN) return item;
      if (fields && isObject(item)) return checkFields(type, fields, `${itemPath}.`, item, failures);
      if (fields || typeof item !== "string") {
        failures.push({ property: itemPath, reason: `"${itemPath}" must be ${fields ? "an object" : "a string"}` });
      }
      return item;
    });
  }
  const fits = property.type === "map" ? isObject(value) : !isCollection(property) && typeof value === property.type;
  if (!fits) failures.push({ property: path, reason: `"${path}" must be a ${property.type}` });
  return value;
}
