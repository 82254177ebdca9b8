import type { Entrance, Subject } from "../check.ts";

/**
 * Where a check asks: at the entrances of its service (the first that is exposed, if it names none), or at the containers
 * of one that no router exposes, or on a port that none does.
 */
export function entrancesFor(
  { service, port }: { readonly service?: string | undefined; readonly port?: number | undefined },
  { entrances, containers }: Pick<Subject, "entrances" | "containers">,
): readonly Entrance[] {
  const wanted = service ?? entrances[0]?.service;
  const exposed = entrances.filter((one) => one.service === wanted);
  if (port === undefined && exposed.length > 0) return exposed;
  return containers.filter((one) => one.service === wanted).map((one) => one.entrance(port));
}
