import { type Duration, milliseconds, type RestartsCheckSettings } from "@bluegreen/core";
import type { Finding, Subject } from "../contracts/check.ts";
import { eachOf } from "./parts/asked.ts";
import { kind } from "./parts/kind.ts";
import type { Watches } from "./parts/waits.ts";

export interface RestartsCheck extends Watches {
  readonly kind: "restarts";
  /** How often a container may have ended by itself since it was created. @default 0 */
  readonly atMost?: number | undefined;
  /**
   * One that has run for longer than this since then is stable again, and its restarts count no more: so a color that was
   * live for weeks can be gone back to. @default they always count
   */
  readonly since?: Duration | undefined;
}

/** Containers that end and are started again. @example restarts({ atMost: 0 }) */
export const restarts = kind<RestartsCheck>("restarts", checkRestarts);

/** No container ended by itself, and was started again, more often than that. */
export function checkRestarts({ service, atMost, since }: RestartsCheckSettings, subject: Subject): Promise<Finding> {
  const spanMs = since === undefined ? Number.POSITIVE_INFINITY : milliseconds(since);
  return eachOf(service, subject, async (container) => {
    const { count, lastMs } = await container.measures.restarts();
    if (count > atMost && lastMs > spanMs) {
      return { result: "passed", detail: `${container.name} was not restarted in the last ${since}` };
    }
    const detail = `${container.name} was restarted ${count} times (at most ${atMost})`;
    return { result: count <= atMost ? "passed" : "failed", detail };
  });
}
