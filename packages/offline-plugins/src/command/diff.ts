import { isObject, type Properties, reveal, sameValue, type Value } from "../property-values.ts";
import type { Difference, DiffKind } from "../provider-server.ts";
import { inputNames } from "./inputs.ts";

type Detailed = { [path: string]: DiffKind };

/**
 * Compares property by property, down to list items and map keys.
 *
 * As with the official plugin only a `triggers` that comes or goes asks for a replacement here: for changed items
 * the SDK itself does, by `replaceOnChanges: ["triggers[*]"]`.
 */
export function diffCommand(olds: Properties, news: Properties, ignoreChanges: string[]): Difference {
  const detailed: Detailed = {};
  for (const name of inputNames) {
    if (!ignoreChanges.includes(name)) compare(name, plain(olds[name]), plain(news[name]), detailed);
  }
  const replaces: string[] = [];
  const kind = detailed.triggers;
  if (kind === "ADD" || kind === "DELETE") {
    detailed.triggers = `${kind}_REPLACE`;
    replaces.push("triggers");
  }
  const diffs = [...new Set(Object.keys(detailed).map((path) => path.split(/[.[]/)[0] as string))];
  return { detailed, replaces, diffs };
}

function plain(value: Value | undefined): Value {
  return value === undefined ? null : reveal(value);
}

function compare(path: string, old: Value, now: Value, into: Detailed): void {
  if (sameValue(old, now)) return;
  if (old === null || now === null) {
    into[path] = old === null ? "ADD" : "DELETE";
    return;
  }
  if (Array.isArray(old) && Array.isArray(now)) {
    for (let index = 0; index < Math.max(old.length, now.length); index++) {
      compare(`${path}[${index}]`, old[index] ?? null, now[index] ?? null, into);
    }
    return;
  }
  if (isObject(old) && isObject(now)) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
      compare(`${path}.${key}`, old[key] ?? null, now[key] ?? null, into);
    }
    return;
  }
  into[path] = "UPDATE";
}
