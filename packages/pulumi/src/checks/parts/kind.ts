import type { KnownCheck, Look } from "../../contracts/check.ts";

type Name = KnownCheck["kind"];
type Of<K extends Name> = Extract<KnownCheck, { readonly kind: K }>;
type Settings<C> = Omit<C, "kind">;
/** Without an argument, too, where every setting has a default. */
type Constructor<C> =
  Record<never, never> extends Settings<C> ? (settings?: Settings<C>) => C : (settings: Settings<C>) => C;

const looks = new Map<string, Look<never>>();

/** Makes a kind of check known by its name, which is written to state, and gives its constructor. */
export function kind<C extends { readonly kind: Name }>(name: C["kind"], look: Look<Of<C["kind"]>>): Constructor<C> {
  looks.set(name, look);
  return ((settings: Settings<C>) => ({ kind: name, ...settings })) as Constructor<C>;
}

/** What a kind does to look; all of them are known once `kinds.ts` is loaded. */
export const lookOf = (check: KnownCheck) => looks.get(check.kind) as Look<KnownCheck>;

export const kindNames = () => [...looks.keys()];
