import structPb from "google-protobuf/google/protobuf/struct_pb.js";

/** How the engine writes "not known before the update" into a property. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** A value the engine must store encrypted. */
export class Secret {
  readonly value: Value;
  constructor(value: Value) {
    this.value = value;
  }
}

export type Value = null | boolean | number | string | Secret | Value[] | { [key: string]: Value };
export type Properties = { [key: string]: Value };

export function isObject(value: unknown): value is { [key: string]: Value } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Secret);
}

/** From the wire: secrets become {@link Secret}, unknowns stay the {@link UNKNOWN} string. */
export function fromStruct(struct: structPb.Struct | undefined): Properties {
  return struct ? (fromWire(struct.toJavaScript()) as Properties) : {};
}

/** To the wire. Properties that are `undefined` are left out. */
export function toStruct(properties: Properties): structPb.Struct {
  return structPb.Struct.fromJavaScript(toWire(properties) as { [key: string]: structPb.JavaScriptValue });
}

function fromWire(value: unknown): Value {
  if (Array.isArray(value)) return value.map(fromWire);
  if (typeof value !== "object" || value === null) return value as Value;
  const record = value as { [key: string]: unknown };
  if (record[SIGNATURE] === SECRET_SIGNATURE) return new Secret(fromWire(record.value));
  if (record[SIGNATURE] === OUTPUT_SIGNATURE) {
    const inner = "value" in record ? fromWire(record.value) : UNKNOWN;
    return record.secret === true ? new Secret(inner) : inner;
  }
  return Object.fromEntries(Object.entries(record).map(([key, inner]) => [key, fromWire(inner)]));
}

function toWire(value: Value): unknown {
  if (value instanceof Secret) return { [SIGNATURE]: SECRET_SIGNATURE, value: toWire(value.value) };
  if (Array.isArray(value)) return value.map(toWire);
  if (!isObject(value)) return value;
  const known = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(known.map(([key, inner]) => [key, toWire(inner)]));
}

/** The value without any secret wrappers, for doing the work. */
export function reveal(value: Value): Value {
  if (value instanceof Secret) return reveal(value.value);
  if (Array.isArray(value)) return value.map(reveal);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reveal(inner)]));
}

/** True if the value is, or contains, what is not known yet. */
export function containsUnknown(value: Value): boolean {
  if (value instanceof Secret) return containsUnknown(value.value);
  if (Array.isArray(value)) return value.some(containsUnknown);
  return value === UNKNOWN || (isObject(value) && Object.values(value).some(containsUnknown));
}

/** Equality by content; secretness does not count. */
export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (a instanceof Secret) return sameValue(a.value, b);
  if (b instanceof Secret) return sameValue(a, b.value);
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((inner, index) => sameValue(inner, b[index]));
  }
  if (isObject(a) && isObject(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].every((key) => sameValue(a[key], b[key]));
  }
  return a === b;
}
