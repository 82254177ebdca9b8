import { isObject, type Properties } from "../property-values.ts";

/**
 * What `ignoreChanges` means to the official plugin. It compares these paths with those of values by their text: a path
 * covers what lies below it. Wildcards (`"*"`, `"labels[*]"`) are the engine's alone and cover nothing here, so where the
 * record differs from the inputs (`cpus: "1.0"` for `"1"`) only the property's name keeps it from being a change.
 */
export interface Ignored {
  /** @param path as the engine writes it: `logOpts["max-size"]` */
  covers(path: string): boolean;
  /** The wish, with what is ignored as it is recorded. Items of lists and sets are as the engine has left them. */
  recorded(news: Properties): Properties;
}

export function ignored(paths: readonly string[], olds: Properties): Ignored {
  const known = paths.filter((path) => isKnown(path, olds));
  return {
    covers(path) {
      const text = path.replace(/\["([^"]*)"\]/g, (_, key) => (/[.[\]]/.test(key) ? `.["${key}"]` : `.${key}`));
      return known.some((prefix) => text === prefix || text.startsWith(`${prefix}.`) || text.startsWith(`${prefix}[`));
    },
    recorded(news) {
      const wish = structuredClone(news);
      for (const path of known) if (!path.includes("[") && path !== "*") copy(path.split("."), olds, wish);
      return wish;
    },
  };
}

/** It drops a path whose item is not in the record. */
function isKnown(path: string, olds: Properties): boolean {
  const [, list, index] = /^([^.[]+)\[(\d+)\]/.exec(path) ?? [];
  if (list === undefined) return true;
  const items = olds[list];
  return Array.isArray(items) && Number(index) < items.length;
}

function copy([key = "", ...rest]: string[], from: Properties, to: Properties): void {
  const [old, now] = [from[key], to[key]];
  if (rest.length > 0) {
    if (old !== undefined && now !== undefined && isObject(old) && isObject(now)) copy(rest, old, now);
  } else if (old === undefined || old === null) delete to[key];
  else to[key] = old;
}
