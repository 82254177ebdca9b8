import type { Fault } from "../fault.ts";
import { at, keyName, withArticle } from "./explain.ts";
import { isDeferred, isStandIn, standInFor } from "./leaves.ts";

/** Below this there is not a setting, so nothing is read. */
const deepest = 20;

/**
 * A copy of what the program gave, made by reading each value once, so that nothing can throw, or change, while it is
 * checked. What can't be read is a fault, and missing in the copy.
 */
export function readAll(input: unknown): { readonly value: unknown; readonly faults: readonly Fault[] } {
  const faults: Fault[] = [];
  const copies = new Map<object, object>();
  const report = (path: readonly string[], what: string, fix: string) =>
    faults.push({ code: "invalid-setting", problem: `${at(path)} ${what}`, at: at(path), fix });
  const read = (value: unknown, path: readonly string[]): unknown => {
    if (typeof value !== "object" || value === null || path.length > deepest) return value;
    if (isDeferred(value)) return standInFor(value);
    if (!isPlain(value)) {
      report(path, `is ${withArticle(className(value))}; it must be plain`, "give it a plain value, object or list");
      return undefined;
    }
    const known = copies.get(value);
    if (known) return known;
    const copy: object = Array.isArray(value) ? [] : {};
    copies.set(value, copy);
    for (const key of Object.keys(value)) {
      const inner = [...path, key];
      // Who merges objects by assignment would change the prototype of all of them.
      if (key === "__proto__") report(inner, "is no name for anything", "correct its name or remove it");
      const given = attempt(inner, () => read((value as Record<string, unknown>)[key], inner));
      Object.defineProperty(copy, key, { value: given, enumerable: true, configurable: true, writable: true });
    }
    return copy;
  };
  const attempt = (path: readonly string[], act: () => unknown): unknown => {
    try {
      return act();
    } catch {
      // Not what was thrown, which may quote it.
      report(path, "can't be read: it throws", "give it a plain value");
      return undefined;
    }
  };
  return { value: attempt([], () => read(input, [])), faults };
}

/** The same with the deferred values themselves, where `readAll` put others in their place. */
export function withDeferred<T>(read: T): T {
  if (isStandIn(read)) return read() as T;
  if (typeof read !== "object" || read === null) return read;
  if (Array.isArray(read)) return read.map(withDeferred) as T;
  return Object.fromEntries(Object.entries(read).map(([key, value]) => [key, withDeferred(value)])) as T;
}

/** Also one of another realm, as test runners make them. */
function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.hasOwn(prototype as object, "isPrototypeOf");
}

function className(value: object): string {
  const { name } = value.constructor;
  return keyName(name === "" ? "class instance" : name);
}
