import { referenceOf } from "../api.ts";
import { fullName, itemsAt, pluck } from "../object.ts";
import type { Look, Target } from "../wait.ts";
import { podFaults } from "./pod.ts";

/** Ready when it is complete; failed when it has failed for good. */
export function job({ api, object }: Target): Look {
  return async () => {
    const live = (await api.find(referenceOf(object))) ?? object;
    const conditions = itemsAt(live, "status", "conditions").filter(({ status }) => status === "True");
    const started = pluck(live, "status", "startTime") !== undefined;
    if (started && conditions.some(({ type }) => type === "Complete"))
      return { object: live, ready: true, reasons: [] };
    const failure = conditions.find(({ type }) => type === "Failed");
    const failed = failure?.reason === "BackoffLimitExceeded" || failure?.reason === "DeadlineExceeded";
    const count = (name: string) => Number(pluck(live, "status", name) ?? 0);
    const counts = `(Active: ${count("active")} | Succeeded: ${count("succeeded")} | Failed: ${count("failed")})`;
    return {
      object: live,
      ready: false,
      failed,
      reasons: [...(failed ? [`[${failure.reason}] ${failure.message}`] : []), ...(await podFaults(api, live))],
      status: `Waiting for Job "${fullName(live)}" to ${started ? `succeed ${counts}` : "start"}`,
    };
  };
}
