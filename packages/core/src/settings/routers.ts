import type { PerColor } from "../color.ts";
import type { CaddySettings, NoRouterSettings } from "./platforms.ts";

/** Loopback ports on which each color answers by itself, live or not. Default: the two after the live port. */
export function colorPorts(router: CaddySettings): PerColor<number> {
  return router.colorPorts ?? { blue: router.port + 1, green: router.port + 2 };
}

/** Whether a service of an app never runs in both colors at once. */
export function isExclusive(router: Pick<NoRouterSettings, "exclusive">, service: string): boolean {
  return router.exclusive === true || (router.exclusive !== false && router.exclusive.includes(service));
}
