import type { ServiceSettings } from "./services.ts";

/** Where a service says that it can take requests: on the port that it listens on, unless it names another. */
export interface Ready {
  readonly path: string;
  readonly port: number;
}

/** `null` for a service that does not say it, or listens nowhere. */
export function readyOf({ port, ready }: Pick<ServiceSettings, "port" | "ready">): Ready | null {
  if (ready === undefined) return null;
  const given = typeof ready === "string" ? { path: ready } : ready;
  const asked = given.port ?? port;
  return asked === undefined ? null : { path: given.path, port: asked };
}
