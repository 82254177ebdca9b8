import { describe, expect, it } from "vitest";
import { RequestLog } from "../../src/load/request-log.ts";

const blue = { reused: false, status: 200, color: "blue", version: "1", reason: "" } as const;

describe("the request log", () => {
  it("counts a window by the time of sending, its end excluded", () => {
    const log = new RequestLog();
    for (const at of [10, 20, 30, 40]) log.ended(log.sent(at, 0), { ...blue, at: at + 100 });
    expect(log.tally(20, 40)).toMatchObject({ sent: 2, ok: 2, firstAnswer: { blue: 120 }, lastAnswer: { blue: 130 } });
    expect(log.tally(40, 20).sent).toBe(0);
  });

  it("tells pending requests from failed ones", () => {
    const log = new RequestLog();
    log.sent(1, 0);
    log.ended(log.sent(2, 0), { at: 3, reused: true, status: 0, color: "none", version: "", reason: "reset" });
    expect(log.tally(0, 9)).toMatchObject({
      sent: 2,
      ok: 0,
      failed: 1,
      pending: 1,
      failuresByReason: { reset: 1 },
      failuresByVersion: { none: 1 },
      lastAnswer: {},
    });
    expect(log.failures()).toEqual([
      { at: 2, kind: "kept", reason: "reset", status: 0, color: "none", version: "none" },
    ]);
  });

  it("grows without losing anything, and bounds the list of failures, not their number", () => {
    const log = new RequestLog();
    for (let at = 0; at < 20_000; at++) {
      log.ended(log.sent(at, 1), {
        ...blue,
        at: at + 1,
        reason: at % 2 === 0 ? "" : "timeout",
        version: `v${at % 3000}`,
      });
    }
    const tally = log.tally(0, 20_000);
    expect(tally).toMatchObject({ sent: 20_000, ok: 10_000, failed: 10_000 });
    expect(log.failures()).toHaveLength(1000);
    // Versions beyond the first thousand share one name.
    expect(Object.keys(tally.byVersion).length).toBeLessThanOrEqual(1001);
    expect(log.seconds(0, 20_000)).toHaveLength(20);
    expect(log.seconds(0, 20_000)[3]).toEqual({ t: 3, blue: 500, green: 0, none: 0, failed: 500 });
  });
});
