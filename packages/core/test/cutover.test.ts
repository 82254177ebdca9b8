import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Color } from "../src/color.ts";
import type { Event, Outcome, Plan, Step } from "../src/cutover-states.ts";
import { Broken, Fate, type Rules, rules, World } from "./model-world.ts";

const numbers = fc.array(fc.nat({ max: 99 }), { maxLength: 500, size: "max" });
const scenario = fc.record({
  numbers,
  ups: fc.integer({ min: 1, max: 9 }),
  last: fc.constantFrom<Color>("blue", "green"),
});

interface Scenario {
  readonly numbers: number[];
  readonly ups: number;
  readonly last: Color;
}

/** Some `up`s that go as badly as they like, then one in which nothing goes wrong. */
function live({ numbers, ups, last }: Scenario, tested: Rules): void {
  const world = new World(tested, new Fate(numbers));
  try {
    for (let up = 0; up < ups; up++) world.up();
    const ended = world.calmUp(last);
    if (ended.kind !== "switched" && ended.kind !== "kept")
      throw new Broken(`a calm run ended ${JSON.stringify(ended)}`);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${world.story.join("\n")}`, { cause: error });
  }
}

type Next = Rules["next"];

/** `next` with another answer in some cases; `null` leaves it as it is. */
function patched(patch: (...args: Parameters<Next>) => ReturnType<Next> | null): () => Partial<Rules> {
  return () => ({ next: (plan, state, event) => patch(plan, state, event) ?? rules.next(plan, state, event) });
}

function ended(outcome: Outcome): ReturnType<Next> {
  return { state: { at: "ended", outcome }, command: { do: "end" } };
}

const mutations: Readonly<Record<string, () => Partial<Rules>>> = {
  "gates are not asked": patched((plan, state, event) => rules.next({ ...plan, missing: [] }, state, event)),
  "the candidate is not inspected": patched((plan, state, event) => {
    const step = rules.next(plan, state, event);
    return step.state.at === "inspecting" ? rules.next(plan, step.state, { type: "ready" }) : step;
  }),
  "a candidate that is not ready goes live": patched((plan, state, event) =>
    event.type === "notReady" ? rules.next(plan, state, { type: "ready" }) : null,
  ),
  "a revert forgets the latch": patched((plan, state, event) => {
    const step = rules.next(plan, state, event);
    return step.command.do === "write" ? { ...step, command: { ...step.command, latch: null } } : step;
  }),
  "a failure is not reverted": patched((_plan, state, event) =>
    event.type === "breached" && (state.at === "verifying" || state.at === "baking")
      ? ended({ kind: "reverted", to: state.from, reason: "" })
      : null,
  ),
  "a failed verification passes": patched((plan, state, event) =>
    event.type === "breached" ? rules.next(plan, state, { type: "passed" }) : null,
  ),
  "the bake is skipped": patched((plan, state, event) => {
    const step = rules.next(plan, state, event);
    return step.state.at === "baking" ? rules.next(plan, step.state, { type: "passed" }) : step;
  }),
  "the candidate is drained, and not what it took the traffic from": patched((plan, state, event) => {
    const step = rules.next(plan, state, event);
    if (step.command.do !== "drain") return null;
    return { ...step, command: { do: "drain", color: step.command.color === "blue" ? "green" : "blue" } };
  }),
  "what was taken from another hand's backends is not given back": patched((plan, state, event) => {
    const step = rules.next(plan, state, event);
    if (step.command.do !== "write" || step.command.color !== "foreign") return null;
    return { ...step, command: { ...step.command, color: null } };
  }),
  "connections are drained before the bake": patched((plan, state, event) => {
    if (state.at !== "switching" || event.type !== "written" || state.from === null || state.from === "foreign")
      return null;
    return {
      state: { at: "draining", outcome: { kind: "switched", from: state.from, to: plan.wish } },
      command: { do: "drain", color: state.from },
    };
  }),
  "the old color is not asked after a revert": patched((plan, state, event) => {
    const step = rules.next(plan, state, event);
    return step.state.at === "confirming" ? rules.next(plan, step.state, { type: "passed" }) : step;
  }),
  "a run goes on after its lease was lost": () => {
    let last: ReturnType<Next> | null = null;
    const next: Next = (plan, state, event) => {
      if (event.type === "leaseLost" && last) return last;
      last = rules.next(plan, state, event);
      return last;
    };
    return { next };
  },
  "a run begins though another one holds the lease": patched((plan, state, event) => {
    if (event.type !== "leaseHeld") return null;
    return rules.next(plan, state, { type: "leased", unfinished: null, claim: { from: null, to: plan.wish } });
  }),
  "a write of unknown fate counts as none": patched((_plan, state, event) =>
    event.type === "writeFailed" && state.at === "switching" ? ended({ kind: "refused", reason: "" }) : null,
  ),
  "a revert of unknown fate counts as done": patched((plan, state, event) =>
    event.type === "writeFailed" && state.at === "reverting" ? rules.next(plan, state, { type: "written" }) : null,
  ),
  "a conflict counts as written": patched((plan, state, event) =>
    event.type === "conflict" && state.at === "reverting" ? rules.next(plan, state, { type: "written" }) : null,
  ),
  "traffic that another hand moved is taken for ours": patched((plan, state, event) => {
    if (event.type !== "observed" || event.observation.intact) return null;
    return rules.next(plan, state, { type: "observed", observation: { ...event.observation, intact: true } });
  }),
  "a revert goes over what another hand moved": patched((plan, state, event) => {
    if (state.at !== "reobserving" || event.type !== "observed") return null;
    const observation = { ...event.observation, color: plan.wish, intact: true };
    return rules.next(plan, state, { type: "observed", observation });
  }),
  "replaced containers are not noticed": patched((plan, state, event) => {
    if (event.type !== "observed") return null;
    return rules.next(plan, state, {
      type: "observed",
      observation: { ...event.observation, current: true, movedBy: null },
    });
  }),
  "what a killed run left is not looked at": patched((plan, state, event) =>
    event.type === "leased" ? rules.next(plan, state, { ...event, unfinished: null }) : null,
  ),
  "a run that undoes a killed one claims the way back to it": () => ({
    claim: (wish, seen) => ({ from: seen.color === "foreign" ? wish : seen.color, to: wish }),
  }),
  "a killed run of the live color claims to have come from nowhere": () => ({
    claim: (wish, seen, unfinished) => {
      const said = rules.claim(wish, seen, unfinished);
      return said.from === said.to ? { ...said, from: null } : said;
    },
  }),
  "a failed run takes its lease with it": () => ({ leavesLease: () => false }),
  "a latch holds nothing": () => ({
    decide: (before, wish, sight, same) => {
      const decision = rules.decide(before, wish, sight, same);
      return { ...decision, faults: decision.faults.filter((fault) => !fault.problem.includes("reverted after")) };
    },
  }),
  "an attempt is used twice": () => ({
    decide: (before, wish, sight, same) => {
      const decision = rules.decide(before, wish, sight, same);
      return { ...decision, memory: { ...decision.memory, attempt: 1 } };
    },
  }),
};

describe("the cutover, whatever happens to it", () => {
  test("keeps every promise, and the next calm run ends well", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.property(scenario, (it) => live(it, rules)),
      { numRuns: 15_000, seed: 20_260_131 },
    );
  });

  test("a revert that never gets through is given up, and says so", () => {
    const plan: Plan = {
      wish: "green",
      attempt: 2,
      release: "2",
      missing: [],
      force: null,
      adopts: false,
      drains: true,
    };
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
  });

  describe("a bug put in on purpose is found:", () => {
    for (const [name, mutate] of Object.entries(mutations)) {
      test(name, { timeout: 60_000 }, () => {
        const found = fc.check(
          fc.property(scenario, (it) => live(it, { ...rules, ...mutate() })),
          { numRuns: 15_000, seed: 20_260_131, endOnFailure: true },
        );
        expect(found.failed).toBe(true);
      });
    }
  });
});
