import type { RouterSettings, Settings } from "@bluegreen/core";
import type { Declaration, DeclaredFront, DeclaredRouter } from "./declaration.ts";
import type { Exposed, RouterQuery } from "./platform.ts";

/** What the routers expose, in their order. */
export type ExposedServices = readonly [Exposed, ...Exposed[]];

export function exposedOf({ routers, services }: Settings): ExposedServices {
  const [first, ...others] = routers;
  const exposed = ({ expose: service }: RouterSettings) => {
    const { port = 0, ready = "/" } = services[service] ?? {};
    return { service, port, ready };
  };
  return [exposed(first), ...others.map(exposed)];
}

/** What the interlock is told of the routers, before they are declared. */
export function queriesOf([exposed, ...others]: ExposedServices, { routerQueries: [router, ...queries] }: Declaration) {
  const followers = others.map((own, index) => ({ router: queries[index] as RouterQuery, exposed: own }));
  return { router, exposed, ...(followers.length === 0 ? {} : { followers }) };
}

/** One value for each exposed service, from what is declared in front of it. */
export function byService<T>(exposed: ExposedServices, { fronts }: DeclaredRouter, of: (front: DeclaredFront) => T) {
  return Object.fromEntries(exposed.map(({ service }, index) => [service, of(fronts[index] as DeclaredFront)]));
}
