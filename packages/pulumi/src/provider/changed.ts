import { isDeepStrictEqual } from "node:util";

/** Whether any of these inputs is another one than it was, beyond those that are no change by themselves. */
export function hasChanged(olds: object, news: object, bookkeeping: readonly string[]): boolean {
  const before = olds as Readonly<Record<string, unknown>>;
  return Object.entries(news).some(([key, value]) => {
    return !bookkeeping.includes(key) && !isDeepStrictEqual(value, before[key]);
  });
}
