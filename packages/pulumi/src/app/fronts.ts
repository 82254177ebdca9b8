import type { Fronts } from "../contracts/addresses.ts";

/** The same as one list, for routers as they are declared and as they are looked for. */
export function frontsOf<R>(fronts: {
  readonly router: R;
  readonly service: string;
  readonly followers?: readonly { readonly router: R; readonly service: string }[] | undefined;
}) {
  const { router, service, followers = [] } = fronts;
  return [{ router, service }, ...followers] as const;
}

/** The services that they expose, in their order. */
export function exposedBy(fronts: Fronts): string[] {
  return frontsOf(fronts).map(({ service }) => service);
}
