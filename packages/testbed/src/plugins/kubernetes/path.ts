import { isObject, type Value } from "../property-values.ts";

/** Names and indexes that lead to a property. */
export type Path = (string | number)[];

/** A path of `ignoreChanges`: names after dots, indexes and quoted names in brackets, "*" for any. */
export function parsePath(text: string): Path {
  const parts = text.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\*|\d+)\]|([^.[\]]+)/g);
  return [...parts].map(([, quoted, index, name]) => {
    if (quoted !== undefined) return quoted.replaceAll('\\"', '"');
    return index !== undefined && index !== "*" ? Number(index) : (index ?? name!);
  });
}

/** What stands there; `undefined` if there is no such path. */
export function at(value: Value, path: Path): Value | undefined {
  return path.reduce<Value | undefined>((inner, key) => {
    if (Array.isArray(inner)) return typeof key === "number" ? inner[key] : undefined;
    return inner !== undefined && isObject(inner) ? inner[key] : undefined;
  }, value);
}

/** True if `path` is at or below `pattern`. */
export function covers(pattern: Path, path: Path): boolean {
  return pattern.length <= path.length && pattern.every((key, at) => key === "*" || key === path[at]);
}

/** As the engine writes it. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    if (/[."[\]]/.test(key)) return `${text}["${key.replaceAll('"', '\\"')}"]`;
    return text ? `${text}.${key}` : key;
  }, "");
}
