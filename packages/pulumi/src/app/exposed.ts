import type { Settings } from "@bluegreen/core";
import type { RouterQuery } from "../contracts/addresses.ts";
import type { DeclaredFacts } from "./declaration.ts";

/** The services that the routers expose, in their order. */
export type ExposedServices = readonly [string, ...string[]];

export function exposedOf({ routers: [first, ...others] }: Settings): ExposedServices {
  return [first.expose, ...others.map(({ expose }) => expose)];
}

/** What the interlock is told of the routers, before they are declared. */
export function queriesOf(
  [service, ...others]: ExposedServices,
  { routerQueries: [router, ...queries] }: DeclaredFacts,
) {
  const followers = others.map((own, index) => ({ router: queries[index] as RouterQuery, service: own }));
  return { router, service, ...(followers.length === 0 ? {} : { followers }) };
}

/** One value for each exposed service, by its place in their order. */
export function byService<T>(exposed: ExposedServices, of: (index: number) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(exposed.map((service, index) => [service, of(index)]));
}
