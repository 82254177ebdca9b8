import { containsSecret, isObject, type Properties, reveal, Secret, type Value } from "../property-values.ts";
import { type KubeObject, kindOf } from "./object.ts";

/** What is recorded in Pulumi's state: the live object, with book-keeping beside its fields. */
export interface Checkpoint {
  inputs: KubeObject;
  live: KubeObject;
  /** Name under which the object's fields are owned. */
  fieldManager: string;
  initialApiVersion: string;
}

/** @param origin what the secretness comes from: the inputs as the engine gave them */
export function toState({ inputs, live, fieldManager, initialApiVersion }: Checkpoint, origin: Properties): Properties {
  return {
    ...withSecrets(live, origin),
    __inputs: withSecrets(inputs, origin),
    __initialApiVersion: initialApiVersion,
    __fieldManager: fieldManager,
  };
}

/** `fieldManager` and `initialApiVersion` are empty in the state of something that was never made by this plugin. */
export function fromState(state: Properties): Checkpoint {
  const { __inputs, __fieldManager, __initialApiVersion, ...live } = reveal(state) as Properties;
  return {
    inputs: isObject(__inputs as Value) ? (__inputs as Properties) : {},
    live,
    fieldManager: typeof __fieldManager === "string" ? __fieldManager : "",
    initialApiVersion: typeof __initialApiVersion === "string" ? __initialApiVersion : "",
  };
}

/**
 * A copy in which is secret what is secret in `origin`: a value of the same path if both are objects all the way, the
 * whole of a list as soon as anything in it is. A Secret's data always is.
 */
export function withSecrets(object: KubeObject, origin: Properties): Properties {
  const marked: Properties = { ...object };
  if (kindOf(object) === "Secret") {
    for (const name of ["data", "stringData"]) if (marked[name] !== undefined) marked[name] = new Secret(marked[name]);
    return marked;
  }
  for (const [key, from] of Object.entries(origin)) {
    const value = marked[key];
    if (value === undefined) continue;
    if (isObject(value) && isObject(from)) marked[key] = withSecrets(value, from);
    else if (containsSecret(from)) marked[key] = new Secret(value);
  }
  return marked;
}

/** Of a live object, what the inputs speak of. Lists are matched item by item, in their order. */
export function pruned(live: KubeObject, inputs: KubeObject): KubeObject {
  const kept: KubeObject = {};
  for (const [key, value] of Object.entries(live)) {
    const wish = inputs[key];
    if (wish !== undefined) kept[key] = prunedValue(value, wish);
  }
  for (const [key, wish] of Object.entries(inputs)) {
    // Kubernetes drops what equals its type's zero; that is no drift.
    if (kept[key] === undefined && isZero(wish)) kept[key] = wish;
  }
  return kept;
}

function prunedValue(value: Value, wish: Value): Value {
  if (isObject(value) && isObject(wish)) return pruned(value, wish);
  if (!Array.isArray(value) || !Array.isArray(wish)) return value;
  if (wish.length === 0) return [];
  return value.slice(0, wish.length).map((item, index) => prunedValue(item, wish[index]!));
}

function isZero(value: Value): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.keys(value).length === 0;
  return value === "" || value === 0 || value === false;
}
