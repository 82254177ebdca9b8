import { isDeepStrictEqual } from "node:util";

/** A release as the interlock records and compares it. */
export interface Definition {
  readonly shape: unknown;
  readonly leaf: unknown;
  readonly secrets: unknown;
}

/** Settings in which the program differs from a recorded release, by their paths; never a value. */
export function differences(recorded: Definition, wished: Definition): string[] {
  const paths = pathsOf(recorded, wished, []).map(settingOf);
  return [...new Set(paths)].sort();
}

function pathsOf(a: unknown, b: unknown, path: readonly string[]): string[][] {
  if (isDeepStrictEqual(a, b)) return [];
  if (!isPlain(a) || !isPlain(b)) return [[...path]];
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].flatMap((key) => pathsOf(a[key], b[key], [...path, key]));
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The recorded path in the words of the program's settings. */
function settingOf([part, ...rest]: readonly string[]): string {
  const [service = "", ...inner] = part === "shape" ? rest.slice(1) : rest;
  const name = `services.${service}`;
  if (part === "secrets") return [name, "secrets", ...inner].join(".");
  if (part === "leaf" && inner[0] === "spec") return [name, ...inner.slice(1)].join(".");
  if (part === "leaf") return [name, ...inner].join(".");
  return inner[0] === "volumes" || inner[0] === "port" ? `${name}.${inner[0]}` : name;
}
