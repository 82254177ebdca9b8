import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Claim, claim } from "../src/claim.ts";
import type { Event, Plan, Step } from "../src/cutover-states.ts";
import type { Observation } from "../src/record.ts";
import { record } from "./interlock-history.ts";
import { rules } from "./model-rules.ts";
import { live, scenario } from "./mutations.ts";

const plan: Plan = {
  wish: "green",
  attempt: 2,
  release: "2",
  missing: [],
  sealed: { blue: true, green: false },
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
    expect(step.state).toMatchObject({ at: "ended", outcome: { kind: "partial", code: "revert-failed" } });
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
    expect(step.state).toMatchObject({
      outcome: { kind: "reverted", to: "blue", code: "revert-resumed", reason: "500" },
    });
  });

  test("a revert that was given up for the wish, which was being written again, is not taken up", () => {
    const latch = { color: "green", release: "2", attempt: 2, at: "", reason: "500" } as const;
    const unfinished = { from: "green", to: "green", attempt: 2, owner: "ann", since: "" } as const;
    const shown = record({ active: "green", attempt: 2, latches: [latch] });
    const answers: Partial<Record<Step["command"]["do"], Event>> = {
      lease: { type: "leased", unfinished, claim: { from: "green", to: "green" } },
      observe: {
        type: "observed",
        observation: { color: "green", record: shown, intact: true, current: false, movedBy: null },
      },
      inspect: { type: "ready" },
      write: { type: "written" },
      verify: { type: "passed" },
    };
    const writes: unknown[] = [];
    let step = rules.begin();
    while (step.state.at !== "ended") {
      if (step.command.do === "write") writes.push(step.command.color);
      step = rules.next(plan, step.state, answers[step.command.do]!);
    }
    expect(writes).toEqual(["green"]);
    expect(step.state).toMatchObject({ outcome: { kind: "kept", color: "green" } });
  });

  test.each([
    ["keeps it when it answers", { type: "passed" }, { kind: "kept", color: "green" }],
    [
      "fails when it does not",
      { type: "breached", reason: "500" },
      { kind: "unanswered", color: "green", code: "not-answering", reason: "500" },
    ],
  ] as const)(
    "a run that finds its wish fulfilled looks at the live address, writes nothing, and %s",
    (_name, look, outcome) => {
      const done: Step["command"]["do"][] = [];
      const observation = { color: "green", record: null, intact: true, current: true, movedBy: null } as const;
      const answers: Partial<Record<Step["command"]["do"], Event>> = {
        lease: { type: "leased", unfinished: null, claim: { from: "green", to: "green" } },
        observe: { type: "observed", observation },
        look,
      };
      let step = rules.begin();
      while (step.state.at !== "ended") {
        done.push(step.command.do);
        step = rules.next(plan, step.state, answers[step.command.do]!);
      }
      expect(done).toEqual(["lease", "observe", "look"]);
      expect(step.state).toMatchObject({ outcome });
    },
  );

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
    expect(step.state).toMatchObject({ at: "ended", outcome: { kind: "partial", code: "write-in-doubt", reason } });
  });

  describe("when someone else moves the traffic between its writes", () => {
    const moved = (color: Observation["color"]): Event => {
      return { type: "observed", observation: { color, record: null, intact: false, current: false, movedBy: null } };
    };
    const untouched: Event = {
      type: "observed",
      observation: { color: null, record: null, intact: true, current: true, movedBy: null },
    };
    const conflict: Event = { type: "conflict" };
    const lost: Event = { type: "writeFailed", reason: "reset" };

    /** A cutover to green that sees and writes this in turn, and whose verification fails. */
    function play(from: Claim["from"], observed: Event[], written: Event[]) {
      const writes: unknown[] = [];
      let step = rules.begin();
      for (let i = 0; i < 20 && step.state.at !== "ended"; i++) {
        const { command } = step;
        if (command.do === "write") writes.push(command.color);
        const answers: Partial<Record<typeof command.do, Event | undefined>> = {
          lease: { type: "leased", unfinished: null, claim: { from, to: "green" } },
          inspect: { type: "ready" },
          observe: command.do === "observe" ? observed.shift() : undefined,
          write: command.do === "write" ? written.shift() : undefined,
          verify: { type: "breached", reason: "500" },
        };
        step = rules.next({ ...plan, adopts: true }, step.state, answers[command.do]!);
      }
      return { writes, outcome: step.state.at === "ended" ? step.state.outcome : null };
    }

    test("nothing goes back to where a write that was refused would have taken it from", () => {
      const seen = [moved("green"), moved("foreign"), moved("green")];
      const { writes, outcome } = play("green", seen, [conflict, conflict, { type: "written" }]);
      expect(writes).toEqual(["green", "green", "green"]);
      expect(outcome).toEqual({ kind: "partial", code: "failed-live", reason: "green is live and fails: 500" });
    });

    test.each(["blue", "green"] as const)("a write of unknown fate is not sent again over %s", (color) => {
      const { writes, outcome } = play(null, [untouched, moved(color)], [lost]);
      expect(writes).toEqual(["green"]);
      const reason = expect.stringMatching(/its fate is unknown \(reset\); traffic was moved meanwhile/);
      expect(outcome).toEqual({ kind: "partial", code: "write-in-doubt", reason });
    });
  });

  describe("after a run that was killed in its bake, when the color that it came from has another release by now", () => {
    const standing = { attempt: 2, from: "blue", to: "green" } as const;
    const unfinished = { ...standing, owner: "ann", since: "" };
    const shown = record({ active: "green", release: "2", attempt: 2 });
    const observation: Observation = { color: "green", record: shown, intact: true, current: true, movedBy: null };
    const renewed = { ...plan, sealed: { blue: false, green: true } };

    /** All that the machine says to this plan, as long as nothing goes wrong but what `answers` says. */
    function play(of: Plan, answers: Partial<Record<Step["command"]["do"], Event>> = {}) {
      const claimed = claim(of.wish, of.sealed[of.wish], observation, unfinished);
      const calm: typeof answers = {
        lease: { type: "leased", unfinished, claim: claimed },
        observe: { type: "observed", observation },
        inspect: { type: "ready" },
        write: { type: "written" },
        verify: { type: "passed" },
        bake: { type: "passed" },
        drain: { type: "drained" },
      };
      const said: string[] = [];
      let step = rules.begin();
      for (let i = 0; i < 20 && step.state.at !== "ended"; i++) {
        const { command } = step;
        said.push("color" in command ? `${command.do} ${command.color}` : command.do);
        step = rules.next(of, step.state, { ...calm, ...answers }[command.do]!);
      }
      return { said, outcome: step.state.at === "ended" ? step.state.outcome : null };
    }

    test("going back there needs gates and an attempt of its own, and is reverted like any other", () => {
      const back: Plan = { ...renewed, wish: "blue", release: "9", attempt: 3 };
      const ungated = play({ ...back, missing: ["gate http-1: it did not run"] });
      expect(ungated.said).toEqual(["lease", "observe"]);
      expect(ungated.outcome).toMatchObject({ kind: "refused", code: "evidence-missing" });
      expect(play({ ...back, attempt: 2 }).outcome).toMatchObject({ kind: "refused", code: "attempt-used" });
      const { said, outcome } = play(back);
      expect(said).toEqual([
        "lease",
        "observe",
        "inspect blue",
        "write blue",
        "verify blue",
        "bake blue",
        "drain green",
      ]);
      expect(outcome).toEqual({ kind: "switched", from: "green", to: "blue" });
      const failed = play(back, { bake: { type: "breached", reason: "500" } });
      expect(failed.outcome).toMatchObject({ kind: "reverted", to: "green", code: "failed-live" });
    });

    test("finishing it bakes, and never goes back to what no gate has seen", () => {
      const { said, outcome } = play({ ...renewed, attempt: 3 });
      expect(said).toEqual(["lease", "observe", "verify green", "bake green"]);
      expect(outcome).toEqual({ kind: "switched", from: "blue", to: "green" });
      const failed = play(renewed, { bake: { type: "breached", reason: "answered 500" } });
      expect(failed.said.filter((it) => it.startsWith("write"))).toEqual([]);
      const reason = expect.stringMatching(/green is live and fails: answered 500; there is no way back, because blue/);
      expect(failed.outcome).toEqual({ kind: "partial", code: "failed-live", reason });
    });

    test("its own release is gone back to at once", () => {
      const undone = play({ ...plan, wish: "blue", release: "1", missing: ["gate http-1: it did not run"] });
      expect(undone.said).toEqual(["lease", "observe", "inspect blue", "write blue", "verify blue", "drain green"]);
      expect(undone.outcome).toEqual({ kind: "switched", from: "green", to: "blue" });
    });
  });
});
