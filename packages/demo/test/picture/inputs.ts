import type { Second } from "@bluegreen/testkit/load/report";
import type { Act, PictureEvent, PictureInput } from "../../src/picture/act.ts";

export const start = Date.UTC(2026, 0, 1);

/** A run of 60 s at 500 requests a second: blue, then green from second 30 on. */
export function run(change: { seconds?: (second: Second) => Second; events?: PictureEvent[]; acts?: Act[] } = {}) {
  const seconds = Array.from({ length: 60 }, (_, t): Second => {
    const second = { t, blue: t < 30 ? 500 : 0, green: t < 30 ? 0 : 500, none: 0, failed: 0 };
    return change.seconds?.(second) ?? second;
  });
  const failed = seconds.reduce((sum, second) => sum + second.failed, 0);
  return {
    title: "A run",
    subtitle: "500 requests per second",
    report: { startedAt: start, endedAt: start + 60_000, sent: 30_000, failed, seconds },
    events: change.events ?? [],
    acts: change.acts ?? [],
  } satisfies PictureInput;
}

export function act(change: Partial<Act> = {}): Act {
  const byColor = { blue: 1000, green: 0, none: 0 };
  return { name: "rest", sent: 1000, failed: 0, byColor, state: "blue", router: "blue", exit: 0, note: "", ...change };
}
