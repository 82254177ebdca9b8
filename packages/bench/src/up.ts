import { type Color, otherColor } from "@bluegreen/core";
import type { Bed } from "./bed.ts";

/** `pulumi up` that switches and `pulumi up` that finds nothing to do, in turns. Milliseconds, pair by pair. */
export async function compareUps(bed: Bed, pairs: number): Promise<{ switches: number[]; noOps: number[] }> {
  const switches: number[] = [];
  const noOps: number[] = [];
  let color: Color = "blue";
  await bed.up(); // The first run after a deployment writes what the deployment has learned.
  for (let pair = 0; pair < pairs; pair++) {
    const steps = [
      async () => {
        color = otherColor(color);
        switches.push((await bed.up(color)).ms);
      },
      async () => void noOps.push((await bed.up()).ms),
    ];
    for (const step of pair % 2 === 0 ? steps : steps.toReversed()) await step();
  }
  return { switches, noOps };
}
