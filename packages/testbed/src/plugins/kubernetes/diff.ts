import { isObject, type Properties, reveal, sameValue, UNKNOWN, type Value } from "../property-values.ts";
import type { Difference, DiffKind } from "../provider-server.ts";
import { fromState, pruned } from "./checkpoint.ts";
import { normalize } from "./normalize.ts";
import { AUTONAMED, isMarked, type KubeObject, nameOf, namespaceOf, put, take } from "./object.ts";
import { at, covers, formatPath, type Path, parsePath } from "./path.ts";
import { replacingFields, touches } from "./replacements.ts";
import type { Settings } from "./settings.ts";

type Found = (path: Path, kind: "ADD" | "DELETE" | "UPDATE", value: Value | undefined) => void;

/**
 * What an update would change: the wish against the live object as it was last seen, cut down to what was wished for
 * then. So what others own or Kubernetes fills in is no difference, and drift that a refresh has seen is one.
 */
export function diff(olds: Properties, news: Properties, ignoreChanges: string[], settings: Settings): Difference {
  const { inputs, live } = fromState(olds);
  const wish = normalize(reveal(news) as Properties);
  const before = pruned(live, normalize(inputs));
  if (nameOf(wish)) put(before, ["metadata", "name"], nameOf(live));
  settleNamespace(live, before, wish);

  const fields = replacingFields(wish, settings);
  const ignored = ignoreChanges.map(parsePath);
  const difference = { detailed: {} as { [path: string]: DiffKind }, replaces: [] as string[], diffs: [] };
  const inputDiffs: string[] = [];
  compare([], before, wish, (path, kind, value) => {
    if (ignored.some((above) => covers(above, path))) return;
    // Wished for once, but as a zero, which Kubernetes doesn't keep: nothing goes.
    if (kind === "DELETE" && at(live, path) === undefined) return;
    const text = formatPath(path);
    const replaces = fields.some((field) => touches(field, path, value));
    difference.detailed[text] = replaces ? `${kind}_REPLACE` : kind;
    if (replaces) difference.replaces.push(text);
    if (kind === "DELETE") inputDiffs.push(text);
  });
  return { ...difference, inputDiffs, deleteBeforeReplace: difference.replaces.length > 0 && isInTheWay(live, wish) };
}

/** A replacement of the same name cannot stand beside the old object; names that we chose give way. */
function isInTheWay(live: KubeObject, wish: KubeObject): boolean {
  const named = nameOf(wish) !== "" && nameOf(wish) !== UNKNOWN && !isMarked(wish, AUTONAMED);
  return named && nameOf(wish) === nameOf(live) && namespaceOf(wish) === namespaceOf(live);
}

/** "default" is the same as not to say it; what isn't in a namespace has none, whatever was given. */
function settleNamespace(live: KubeObject, before: KubeObject, wish: KubeObject): void {
  if (namespaceOf(live)) {
    put(before, ["metadata", "namespace"], namespaceOf(live));
    put(wish, ["metadata", "namespace"], namespaceOf(wish) || "default");
  } else {
    take(before, "metadata", "namespace");
    take(wish, "metadata", "namespace");
  }
}

function compare(path: Path, old: Value | undefined, now: Value | undefined, found: Found): void {
  if (now === undefined) {
    if (old !== undefined) found(path, "DELETE", undefined);
  } else if (old === undefined) found(path, "ADD", now);
  else if (isObject(old) && isObject(now)) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(now)]))
      compare([...path, key], old[key], now[key], found);
  } else if (Array.isArray(old) && Array.isArray(now)) {
    for (let at = 0; at < Math.max(old.length, now.length); at++) compare([...path, at], old[at], now[at], found);
  } else if (!sameValue(old, now)) found(path, "UPDATE", now);
}
