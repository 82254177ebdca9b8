import { type Color, type PerColor, perColor } from "@bluegreen/core";
import type { Front } from "../contracts/addresses.ts";
import type { Reaches, Versions } from "../contracts/release.ts";
import type { Targets } from "../contracts/router.ts";
import { behind } from "../routers/interpret.ts";
import { type Selector, selectorOf, selectorText } from "./labels.ts";
import { serviceTargets } from "./routers/ingress.ts";

export function selectorsOf(app: string, service: string, versions: Versions): PerColor<Selector | null> {
  return perColor((color) => {
    const version = versions[color];
    return version === undefined ? null : selectorOf({ app, color, version, service });
  });
}

/** What each color with a release is to the routers: its selectors, or the names of its own Services. */
export function targetsOf(
  app: string,
  fronts: readonly Front[],
  versions: Versions,
  reach: PerColor<Reaches>,
): Targets {
  return perColor((color) =>
    fronts.flatMap((front) => {
      const target = targetOf(app, color, front, versions, reach);
      return fronts.length === 1 ? target : behind(front.service, target);
    }),
  );
}

function targetOf(
  app: string,
  color: Color,
  { router, service }: Front,
  versions: Versions,
  reach: PerColor<Reaches>,
): readonly string[] {
  const selector = selectorsOf(app, service, versions)[color];
  if (!selector) return [];
  return router.kind === "ingress" ? serviceTargets(app, service, reach)[color] : [selectorText(selector)];
}
