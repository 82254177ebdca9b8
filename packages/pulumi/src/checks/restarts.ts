import { milliseconds, type RestartsCheckSettings } from "@bluegreen/core";
import type { Finding, Subject } from "../contracts/check.ts";
import { eachOf } from "./parts/asked.ts";

/** No container ended by itself, and was started again, more often than that. */
export function checkRestarts({ service, atMost, since }: RestartsCheckSettings, subject: Subject): Promise<Finding> {
  const spanMs = since === undefined ? Number.POSITIVE_INFINITY : milliseconds(since);
  return eachOf(service, subject, async (container) => {
    const { count, lastMs } = await container.restarts();
    if (count > atMost && lastMs > spanMs) {
      return { result: "passed", detail: `${container.name} was not restarted in the last ${since}` };
    }
    const detail = `${container.name} was restarted ${count} times (at most ${atMost})`;
    return { result: count <= atMost ? "passed" : "failed", detail };
  });
}
