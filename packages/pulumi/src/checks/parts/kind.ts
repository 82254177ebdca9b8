import type { GivenCheck } from "@bluegreen/core";
import type { KnownCheck, Look } from "../../contracts/check.ts";

type Name = KnownCheck["kind"];
type Of<K extends Name> = Extract<KnownCheck, { readonly kind: K }>;
type Settings<C> = Omit<C, "kind">;
/** Without an argument, too, where every setting has a default. */
type Constructor<C> =
  Record<never, never> extends Settings<C> ? (settings?: Settings<C>) => C : (settings: Settings<C>) => C;

/** The very settings that its schema takes, no more and none left out; else the name is `never`, and does not compile. */
type Fits<C extends { readonly kind: Name }> =
  | Exclude<keyof C, keyof Given<C["kind"]>>
  | Exclude<keyof Given<C["kind"]>, keyof C> extends never
  ? C["kind"]
  : never;
type Given<K extends Name> = Extract<GivenCheck, { readonly kind: K }>;

const looks = new Map<string, Look<never>>();

/** Makes a kind of check known by its name, which is written to state, and gives its constructor. */
export function kind<C extends { readonly kind: Name }>(name: Fits<C>, look: Look<Of<C["kind"]>>): Constructor<C> {
  looks.set(name, look);
  return ((settings: Settings<C>) => ({ kind: name as string, ...settings })) as unknown as Constructor<C>;
}

/** What a kind does to look; all of them are known once `kinds.ts` is loaded. */
export const lookOf = (check: KnownCheck) => looks.get(check.kind) as Look<KnownCheck>;

export const kindNames = () => [...looks.keys()];
