import type { RestartsCheckSettings } from "@bluegreen/core";
import type { Finding, Subject } from "../check.ts";
import { eachOf } from "./asked.ts";

/** No container ended by itself, and was started again, more often than that. */
export function checkRestarts({ service, atMost }: RestartsCheckSettings, subject: Subject): Promise<Finding> {
  return eachOf(service, subject, async (container) => {
    const restarts = await container.restarts();
    const detail = `${container.name} was restarted ${restarts} times (at most ${atMost})`;
    return { result: restarts <= atMost ? "passed" : "failed", detail };
  });
}
