import type { ServiceSettings } from "./services.ts";

/** Where a service says that it can take requests: on the port that it listens on, unless it names another; and to whom. */
export interface Ready {
  readonly path: string;
  readonly port: number;
  /** The `Host` by which whoever checks this release asks for it; absent where that is the one of its address. */
  readonly host?: string;
  /** That port speaks TLS; absent where it does not. */
  readonly scheme?: "https";
}

/** `null` for a service that does not say it, or listens nowhere. */
export function readyOf({ port, ready }: Pick<ServiceSettings, "port" | "ready">): Ready | null {
  if (ready === undefined) return null;
  const given: Exclude<typeof ready, string> = typeof ready === "string" ? { path: ready } : ready;
  const asked = given.port ?? port;
  if (asked === undefined) return null;
  return {
    path: given.path,
    port: asked,
    ...(given.host === undefined ? {} : { host: given.host }),
    ...(given.scheme === "https" ? { scheme: given.scheme } : {}),
  };
}
