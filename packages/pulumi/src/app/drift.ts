import { type Color, colors } from "@bluegreen/core";
import * as pulumi from "@pulumi/pulumi";
import type { Interlock } from "../interlock/resource.ts";

/** A warning has room for so many; the output has all. */
const shown = 20;

/** In what the colors' releases differ beyond their images. Previews say it; an update would only repeat it. */
export function tellDrift(interlock: Interlock, app: pulumi.Resource): pulumi.Output<readonly string[]> {
  return pulumi.all([interlock.drift, interlock.versions]).apply(([drift = [], versions]) => {
    if (drift.length > 0 && pulumi.runtime.isDryRun()) void pulumi.log.warn(describe(drift, versions), app);
    return drift;
  });
}

function describe(drift: readonly string[], versions: Readonly<Partial<Record<Color, string>>>): string {
  const more = drift.length > shown ? ` and ${drift.length - shown} more` : "";
  const which = colors.map((color) => `${color} ${versions[color]}`).join(" and ");
  return `${which} differ in more than their images: ${drift.slice(0, shown).join(", ")}${more}`;
}
