import { isDeepStrictEqual } from "node:util";
import type { SiteParts } from "../contracts/site.ts";

/** Whether any of these inputs is another one than it was, beyond those that are no change by themselves. */
export function hasChanged(olds: object, news: object, bookkeeping: readonly string[]): boolean {
  const before = olds as Readonly<Record<string, unknown>>;
  return Object.entries(news).some(([key, value]) => {
    return !bookkeeping.includes(key) && !isDeepStrictEqual(value, before[key]);
  });
}

/** Inputs as they were, but for a color that is declared later now: that nothing of it is recorded is no change. */
export function asLater<T extends Pick<SiteParts, "workloads" | "later">>(olds: T, { later, workloads }: T): T {
  const { later: _before, ...rest } = olds;
  if (later === undefined) return olds;
  return { ...rest, later, workloads: { ...olds.workloads, [later]: workloads[later] } } as T;
}
