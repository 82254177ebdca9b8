import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Event, Plan, Step } from "../src/cutover-states.ts";
import { rules } from "./model-world.ts";
import { live, scenario } from "./mutations.ts";

const plan: Plan = {
  wish: "green",
  attempt: 2,
  release: "2",
  missing: [],
  force: null,
  adopts: false,
  drains: true,
};

describe("the cutover, whatever happens to it", () => {
  test("keeps every promise, and the next calm run ends well", { timeout: 180_000 }, async () => {
    await fc.assert(
      fc.property(scenario, (it) => live(it, rules)),
      { numRuns: 15_000, seed: 20_260_131 },
    );
  });

  test("a revert that never gets through is given up, and says so", () => {
    const observation = { color: "green", record: null, intact: true, current: true, movedBy: null } as const;
    let step: Step = {
      state: { at: "verifying", mode: "cutover", from: "blue" },
      command: { do: "verify", color: "green" },
    };
    step = rules.next(plan, step.state, { type: "breached", reason: "500" });
    let writes = 0;
    while (step.state.at !== "ended" && writes < 100) {
      if (step.command.do === "write") writes++;
      const event: Event =
        step.command.do === "write" ? { type: "writeFailed", reason: "reset" } : { type: "observed", observation };
      step = rules.next(plan, step.state, event);
    }
    expect(writes).toBeLessThan(10);
    expect(step.state).toMatchObject({ at: "ended", outcome: { kind: "partial" } });
    expect(JSON.stringify(step.state)).toContain("the revert could not be written: reset");
  });

  test("a revert that was cut off before the old color was back is finished, and the wish still refused", () => {
    const latch = { color: "green", release: "2", attempt: 2, at: "", reason: "500" } as const;
    const unfinished = { from: "blue", to: "green", attempt: 2, owner: "ann", since: "" } as const;
    const record = { app: "", active: "blue", release: "1", backends: "b", attempt: 2, writer: "", at: "" } as const;
    const observation = { color: "blue", intact: true, current: false, movedBy: null } as const;
    const answers: Partial<Record<Step["command"]["do"], Event>> = {
      lease: { type: "leased", unfinished, claim: { from: "blue", to: "green" } },
      observe: { type: "observed", observation: { ...observation, record: { ...record, latches: [latch] } } },
      write: { type: "written" },
      verify: { type: "passed" },
    };
    const writes: unknown[] = [];
    let step = rules.begin();
    while (step.state.at !== "ended") {
      if (step.command.do === "write") writes.push(step.command);
      step = rules.next({ ...plan, drains: false }, step.state, answers[step.command.do]!);
    }
    expect(writes).toEqual([{ do: "write", color: "blue", latch: "500" }]);
    expect(step.state).toMatchObject({ outcome: { kind: "reverted", to: "blue", reason: "500" } });
  });

  test("a switch that never gets through says why", () => {
    const observation = { color: "blue", record: null, intact: true, current: true, movedBy: null } as const;
    const answers: Partial<Record<Step["command"]["do"], Event>> = {
      lease: { type: "leased", unfinished: null, claim: { from: "blue", to: "green" } },
      observe: { type: "observed", observation },
      inspect: { type: "ready" },
      write: { type: "writeFailed", reason: "no space left on device" },
    };
    let step = rules.begin();
    for (let i = 0; i < 100 && step.state.at !== "ended"; i++) {
      step = rules.next(plan, step.state, answers[step.command.do]!);
    }
    const reason = expect.stringContaining("its fate is unknown (no space left on device)");
    expect(step.state).toMatchObject({ at: "ended", outcome: { kind: "partial", reason } });
  });
});
