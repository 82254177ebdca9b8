import { isDeepStrictEqual } from "node:util";
import type { Color } from "@bluegreen/core";
import { frontsOf } from "../app/fronts.ts";
import type { RouterAddress, RouterObject } from "../contracts/addresses.ts";
import type { SiteParts } from "../contracts/site.ts";

/** What of the cutover's inputs may have changed what users reach. */
export interface Reached extends SiteParts {
  readonly routerObjects?: readonly RouterObject[];
}

/**
 * What a run changed of that by which users reach the live color, in words for a person: of objects that may hold secrets
 * only where, not what. Empty when it changed nothing.
 */
export function changesOf(before: Reached | null, after: Reached, live: Color): string[] {
  if (!before) return [];
  return [...addressChanges(before, after), ...objectChanges(before, after), ...workloadChanges(before, after, live)];
}

function addressChanges(before: Reached, after: Reached): string[] {
  const olds = new Map(frontsOf(before).map(({ router, service }) => [service, router]));
  const several = after.followers !== undefined;
  return frontsOf(after).flatMap(({ router, service }) => {
    const old = olds.get(service);
    const of = several ? ` of ${service}` : "";
    if (!old) return [`the router${of} was added`];
    const edits = paths(told(old), told(router)).map(({ path, from, to }) => `${path} ${text(from)} -> ${text(to)}`);
    const replaced = "container" in router && "container" in old && router.container !== old.container;
    if (!replaced && edits.length === 0) return [];
    const what = replaced ? "'s container was replaced" : " was changed";
    return [`the router${of}${what}${edits.length > 0 ? ` (${edits.join(", ")})` : ""}`];
  });
}

/** What a person has said of it. */
function told(router: RouterAddress): object {
  if (!("container" in router)) return router;
  const { image, live } = router;
  return { image, live };
}

function objectChanges({ routerObjects: olds = [] }: Reached, { routerObjects: news = [] }: Reached): string[] {
  return news.flatMap(({ object, ...declared }) => {
    const old = olds.find((one) => one.object === object);
    if (!old) return olds.length === 0 ? [] : [`${object} was made`];
    const { object: _same, ...recorded } = old;
    const changed = paths(recorded, declared).map(({ path }) => path);
    return changed.length === 0 ? [] : [`${object} was changed (${changed.join(", ")})`];
  });
}

function workloadChanges({ workloads: olds }: Reached, { workloads: news }: Reached, live: Color): string[] {
  const known = new Set(olds[live].map(({ id }) => id));
  const fresh = news[live].filter(({ id }) => !known.has(id)).map(({ name, service }) => `${service} is now ${name}`);
  const gone = olds[live].filter(({ service }) => !news[live].some((one) => one.service === service));
  const changes = [...fresh, ...gone.map(({ service }) => `${service} was removed`)];
  return changes.length === 0 ? [] : [`what ${live} runs was replaced (${changes.join(", ")})`];
}

interface Edit {
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

function paths(from: unknown, to: unknown, at: readonly string[] = []): Edit[] {
  if (isDeepStrictEqual(from, to)) return [];
  if (isPlain(from) && isPlain(to)) {
    const keys = new Set([...Object.keys(from), ...Object.keys(to)]);
    return [...keys].flatMap((key) => paths(from[key], to[key], [...at, key]));
  }
  return [{ path: at.join("."), from, to }];
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return value === undefined || value === "" ? "nothing" : String(value);
}
