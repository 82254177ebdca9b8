import type * as z from "zod";
import { duration } from "./leaves.ts";

/** How a gate waits for its check to pass; verification has an interval and limits of its own. */
const words = { healthyFor: duration, within: duration, interval: duration };

/** For checks that wait for something to come about. */
export const waits = {
  healthyFor: words.healthyFor.default("0s"),
  within: words.within.default("60s"),
  interval: words.interval.default("1s"),
};

/** For checks that are looked at once unless the settings say otherwise. */
export const looksOnce = {
  healthyFor: words.healthyFor.optional(),
  within: words.within.optional(),
  interval: words.interval.optional(),
};

export type Patience = { readonly [K in keyof typeof looksOnce]?: z.output<(typeof looksOnce)[K]> };
