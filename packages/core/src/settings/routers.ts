import type { PerColor } from "../color.ts";
import type { CaddySettings, NoRouterSettings, PlatformSettings, RouterSettings } from "./platforms.ts";

export type RouterKind = RouterSettings["kind"];

/** What others have to know of a router. They ask these, and never of what kind it is. */
export interface RouterTraits {
  readonly runsOn: readonly PlatformSettings["kind"][];
  /** Users reach the app through it. Without an address the live color is the one that is at work. */
  readonly hasAddress: boolean;
  /** A connection stays at the color that it was made to, unless somebody ends it. */
  readonly keepsConnections: boolean;
  /** What the color without users does. Where it is `stopped`, nobody but the cutover starts and stops a color. */
  readonly idle: "running" | "stopped";
  /** Among how many containers of a color it can share the requests; absent: any number. */
  readonly sharesAmong?: number;
  /** It reads what goes through it, and speaks nothing but HTTP to containers. */
  readonly speaksHttpOnly?: true;
}

const onKubernetes: RouterTraits = {
  runsOn: ["kubernetes"],
  hasAddress: true,
  keepsConnections: true,
  idle: "running",
};

export const routerTraits: Readonly<Record<RouterKind, RouterTraits>> = {
  // Caddy moves a kept-alive connection with its next request.
  caddy: {
    runsOn: ["docker"],
    hasAddress: true,
    keepsConnections: false,
    idle: "running",
    sharesAmong: 60,
    speaksHttpOnly: true,
  },
  service: onKubernetes,
  ingress: onKubernetes,
  // Two workers at rest would share the work.
  none: { runsOn: ["docker", "kubernetes"], hasAddress: false, keepsConnections: false, idle: "stopped" },
};

interface OfKind {
  readonly kind: RouterKind;
}

/** Whether users reach an app through this router: its settings, its address, or how it is looked for. */
export function hasAddress<R extends OfKind>(router: R): router is Exclude<R, { readonly kind: "none" }> {
  return routerTraits[router.kind].hasAddress;
}

/** Whether the cutover starts and stops the colors, since the idle one must not run. */
export function idleIsStopped({ kind }: OfKind): boolean {
  return routerTraits[kind].idle === "stopped";
}

/** Loopback ports on which each color answers by itself, live or not. Default: the two after the live port. */
export function colorPorts(router: CaddySettings): PerColor<number> {
  return router.colorPorts ?? { blue: router.port + 1, green: router.port + 2 };
}

/** Whether a service of an app never runs in both colors at once. */
export function isExclusive(router: Pick<NoRouterSettings, "exclusive">, service: string): boolean {
  return router.exclusive === true || (router.exclusive !== false && router.exclusive.includes(service));
}
