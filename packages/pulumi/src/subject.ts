import type { Color } from "@bluegreen/core";
import type { Entrance, RunningContainer, Subject } from "./check.ts";

/** Ports by service. */
export type Ports = Readonly<Record<string, number>>;

export function portsOf(exposed: readonly { readonly service: string; readonly port: number }[]): Ports {
  return Object.fromEntries(exposed.map(({ service, port }) => [service, port]));
}

/** The port that is asked for, or the service's own. @throws when neither is known */
export function portOf(service: string, ports: Ports, wished: number | undefined): number {
  const port = wished ?? ports[service];
  if (port === undefined) throw new Error(`no port is known on which ${service} listens; name it in the check`);
  return port;
}

/** The ways in to those containers whose services take live traffic, in these services' order. */
export function entrancesTo(containers: readonly RunningContainer[], ports: Ports): Entrance[] {
  return Object.keys(ports).flatMap((exposed) =>
    containers.filter(({ service }) => service === exposed).map((container) => container.entrance()),
  );
}

/** The color that another one is compared with; `null` when nothing of it could be asked. */
export function baselineOf(color: Color, release: string, entrances: readonly Entrance[]): Subject["baseline"] {
  return entrances.length === 0 ? null : { color, release, entrances };
}
