import * as fc from "fast-check";
import { type Color, otherColor } from "../src/color.ts";
import type { Outcome } from "../src/cutover-states.ts";
import { type Parsed, parseSettings } from "../src/settings/settings.ts";
import { groupsOfInvariant1, groupsOfInvariant4, groupsOfInvariant6 } from "./group-mutations.ts";
import { type History, history, remember } from "./interlock-history.ts";
import { killedOfInvariant2, killedOfInvariant4 } from "./killed-mutations.ts";
import { malformed, secret } from "./malformed.ts";
import { Broken, Fate, type Rules, rules } from "./model-rules.ts";
import { World } from "./model-world.ts";

/**
 * Bugs put in on purpose, by the invariant that each one breaks, and the properties that have to find them. Numbers are
 * those of the invariants in `invariants`.
 */

const numbers = fc.array(fc.nat({ max: 99 }), { maxLength: 500, size: "max" });
export const scenario = fc.record({
  numbers,
  ups: fc.integer({ min: 1, max: 9 }),
  routers: fc.integer({ min: 1, max: 3 }),
  last: fc.constantFrom<Color>("blue", "green"),
  renewed: fc.subarray<Color>(["blue", "green"]),
});

interface Scenario {
  readonly numbers: number[];
  readonly ups: number;
  readonly routers: number;
  readonly last: Color;
  /** What has a new version in the calm run. */
  readonly renewed: readonly Color[];
}

/** Some `up`s that go as badly as they like, then one in which nothing goes wrong. */
export function live({ numbers, ups, routers, last, renewed }: Scenario, tested: Rules): void {
  const world = new World(tested, new Fate(numbers), routers);
  try {
    for (let up = 0; up < ups; up++) world.up();
    const cutOff = world.cutOff;
    let ended = world.calmUp(last, renewed);
    if (world.mixed) throw new Broken(`a calm run left ${world.dials}`);
    // A revert that was cut off is finished first, whatever is wished.
    if (cutOff && ended.kind === "reverted") ended = world.calmUp(last, renewed);
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

/** What is broken, by name: mutations of the rules that a world of `up`s runs by. */
type Mutations = Readonly<Record<string, () => Partial<Rules>>>;

const ofInvariant1: Mutations = {
  "a failure is not reverted": patched((_plan, state, event) =>
    event.type === "breached" && (state.at === "verifying" || state.at === "baking")
      ? ended({ kind: "reverted", to: state.from, code: "failed-live", reason: "" })
      : null,
  ),
  "a failed verification passes": patched((plan, state, event) =>
    event.type === "breached" ? rules.next(plan, state, { type: "passed" }) : null,
  ),
  "the bake is skipped": patched((plan, state, event) => {
    const step = rules.next(plan, state, event);
    return step.state.at === "baking" ? rules.next(plan, step.state, { type: "passed" }) : step;
  }),
  "whether what is live still answers is not asked": patched((plan, state, event) => {
    const step = rules.next(plan, state, event);
    return step.state.at === "looking" ? rules.next(plan, step.state, { type: "passed" }) : step;
  }),
  "the old color is not asked after a revert": patched((plan, state, event) => {
    const step = rules.next(plan, state, event);
    return step.state.at === "confirming" ? rules.next(plan, step.state, { type: "passed" }) : step;
  }),
  "a write of unknown fate counts as none": patched((_plan, state, event) =>
    event.type === "writeFailed" && state.at === "switching"
      ? ended({ kind: "refused", code: "not-ready", reason: "" })
      : null,
  ),
  "a revert of unknown fate counts as done": patched((plan, state, event) =>
    event.type === "writeFailed" && state.at === "reverting" ? rules.next(plan, state, { type: "written" }) : null,
  ),
  "a conflict counts as written": patched((plan, state, event) =>
    event.type === "conflict" && state.at === "reverting" ? rules.next(plan, state, { type: "written" }) : null,
  ),
  "traffic that someone else moved is taken for ours": patched((plan, state, event) => {
    if (event.type !== "observed" || event.observation.intact) return null;
    return rules.next(plan, state, { type: "observed", observation: { ...event.observation, intact: true } });
  }),
  "a revert goes over what someone else moved": patched((plan, state, event) => {
    if (state.at !== "reobserving" || event.type !== "observed") return null;
    const observation = { ...event.observation, color: plan.wish, intact: true };
    return rules.next(plan, state, { type: "observed", observation });
  }),
  "what was taken from someone else's backends is not given back": patched((plan, state, event) => {
    const step = rules.next(plan, state, event);
    if (step.command.do !== "write" || step.command.color !== "foreign") return null;
    return { ...step, command: { ...step.command, color: null } };
  }),
};

const ofInvariant2: Mutations = {
  "gates are not asked": patched((plan, state, event) => rules.next({ ...plan, missing: [] }, state, event)),
  "an attempt is used twice": () => ({
    decide: (before, wish, sight, same) => {
      const decision = rules.decide(before, wish, sight, same);
      return { ...decision, memory: { ...decision.memory, attempt: 1 } };
    },
  }),
  "a latch holds nothing": () => ({
    decide: (before, wish, sight, same) => {
      const decision = rules.decide(before, wish, sight, same);
      return { ...decision, faults: decision.faults.filter(({ code }) => code !== "latched") };
    },
  }),
  "a revert forgets the latch": patched((plan, state, event) => {
    const step = rules.next(plan, state, event);
    return step.command.do === "write" ? { ...step, command: { ...step.command, latch: null } } : step;
  }),
  "a latch goes with the next write": () => ({
    latchesAfter: (_before, _verified, { added }) => (added ? [added] : []),
  }),
  "what was live without a bake is gone back to like what was verified": () => ({
    decide: (before, wish, sight, same) => {
      const { memory, ...rest } = rules.decide(before, wish, sight, same);
      return { ...rest, memory: { ...memory, rollback: memory.releases[wish.activeColor]?.sealed ?? false } };
    },
  }),
  "evidence of an earlier attempt counts": () => ({
    missingEvidence: (demand, evidence) =>
      rules.missingEvidence({ ...demand, attempt: evidence[0]?.attempt ?? demand.attempt }, evidence),
  }),
};

const ofInvariant3: Mutations = {
  "the candidate is not inspected": patched((plan, state, event) => {
    const step = rules.next(plan, state, event);
    return step.state.at === "inspecting" ? rules.next(plan, step.state, { type: "ready" }) : step;
  }),
  "a candidate that is not ready goes live": patched((plan, state, event) =>
    event.type === "notReady" ? rules.next(plan, state, { type: "ready" }) : null,
  ),
  "replaced containers are not noticed": patched((plan, state, event) => {
    if (event.type !== "observed") return null;
    return rules.next(plan, state, {
      type: "observed",
      observation: { ...event.observation, current: true, movedBy: null },
    });
  }),
  "the candidate is drained, and not what it took the traffic from": patched((plan, state, event) => {
    const step = rules.next(plan, state, event);
    if (step.command.do !== "drain") return null;
    return { ...step, command: { do: "drain", color: step.command.color === "blue" ? "green" : "blue" } };
  }),
  "connections are drained before the bake": patched((plan, state, event) => {
    if (state.at !== "switching" || event.type !== "written" || state.from === null || state.from === "foreign")
      return null;
    return {
      state: { at: "draining", outcome: { kind: "switched", from: state.from, to: plan.wish } },
      command: { do: "drain", color: state.from },
    };
  }),
};

const ofInvariant4: Mutations = {
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
  "what a killed run left is not looked at": patched((plan, state, event) =>
    event.type === "leased" ? rules.next(plan, state, { ...event, unfinished: null }) : null,
  ),
  "a run that undoes a killed one claims the way back to it": () => ({
    claim: (wish, _sealed, seen) => ({ from: seen.color === "foreign" ? wish : seen.color, to: wish }),
  }),
  "a killed run of the live color claims to have come from nowhere": () => ({
    claim: (wish, sealed, seen, unfinished) => {
      const said = rules.claim(wish, sealed, seen, unfinished);
      return said.from === said.to ? { ...said, from: null } : said;
    },
  }),
  "a failed run takes its lease with it": () => ({ leavesLease: () => false }),
};

const ofInvariant5: Mutations = {
  "evidence about other containers counts": () => ({
    missingEvidence: (demand, evidence) =>
      rules.missingEvidence({ ...demand, subjects: evidence[0]?.subjects ?? demand.subjects }, evidence),
  }),
};

type Decide = Rules["decide"];

/** Mutations of what the interlock decides, run after run. */
const ofInvariant6: Readonly<Record<string, Decide>> = {
  "a release that was live takes what was edited": (before, wish, sight, same) => {
    const { memory, ...rest } = rules.decide(before, wish, sight, same);
    const edited = Object.entries(memory.releases).map(([color, recorded]) => {
      const wished = wish.releases[color as Color];
      return [color, wished?.version === recorded.version ? { ...recorded, ...wished } : recorded];
    });
    return { ...rest, memory: { ...memory, releases: Object.fromEntries(edited) } };
  },
  "the live color is given another version": (before, wish, sight, same) =>
    rules.decide(before, { ...wish, allowLiveChange: true }, sight, same),
  "being live seals nothing": (before, wish, sight, same) => {
    const { memory, ...rest } = rules.decide(before, wish, sight, same);
    const open = Object.entries(memory.releases).map(([color, one]) => [color, { ...one, sealed: false }]);
    return { ...rest, memory: { ...memory, releases: Object.fromEntries(open) } };
  },
  "what is sealed is frozen, also while it takes a new version": (before, wish, sight, same) => {
    const decision = rules.decide(before, wish, sight, same);
    const sealed = (color: Color) => before?.releases[color]?.sealed ?? false;
    return { ...decision, frozen: { blue: sealed("blue"), green: sealed("green") } };
  },
  "the color that is not wished is a bystander, also with users": (before, wish, sight, same) => {
    return { ...rules.decide(before, wish, sight, same), bystander: otherColor(wish.activeColor) };
  },
  "a router that can't be reached guards nothing": (before, wish, sight, same) =>
    rules.decide(before, wish, sight.kind === "unreachable" ? { kind: "absent" } : sight, same),
};

/** Mutations of what a refusal says. */
const ofInvariant7: Mutations = {
  "what was to end before a start counts as gone": patched((plan, state, event) =>
    event.type === "breached" && (state.at === "switching" || state.at === "reverting")
      ? rules.next(plan, state, { type: "written" })
      : null,
  ),
  "a revert that was not carried out in full counts as done": patched((plan, state, event) => {
    if (state.at !== "reobserving" || event.type !== "observed") return null;
    return rules.next(plan, state, { type: "observed", observation: { ...event.observation, current: true } });
  }),
};

const ofInvariant8: Readonly<Record<string, typeof parseSettings>> = {
  "a fault shows what stands under secrets": (name, input) => {
    const parsed = parseSettings(name, input);
    return parsed.ok
      ? parsed
      : { ok: false, faults: parsed.faults.map((fault) => ({ ...fault, fix: shown(input, fault.at) })) };
  },
};

function shown(input: unknown, at: string): string {
  const value = at.split(".").reduce<any>((inner, key) => (at.includes("secrets") ? inner?.[key] : undefined), input);
  return JSON.stringify(value) ?? "correct it";
}

/** A refusal quotes no secret. */
function staysHidden(parsed: Parsed): void {
  const told = parsed.ok ? "" : JSON.stringify(parsed.faults);
  if (told.includes(secret)) throw new Broken("a refusal quotes a secret");
}

export const invariants: Readonly<Record<number, string>> = {
  1: "the color that is recorded is the one that answers",
  2: "no switch before every gate passed, for this release in this attempt",
  3: "traffic never points at what is not ready",
  4: "after a failure or a kill the next `up` ends well, and an orphan writes nothing",
  5: "the tested candidate is what goes live",
  6: "a release that was live never changes",
  7: "never two at once, where the colors may not run side by side (what starts and stops them: none.test.ts)",
  8: "secrets are in no error",
};

/** What has to find them. */
export const properties = {
  world: "whole `up`s in a world where anything goes wrong, then a calm one (cutover.test.ts)",
  memory: "what the interlock remembers, whatever is wished and seen (interlock.test.ts)",
  settings: "what malformed settings are told (malformed.test.ts)",
} as const;

export interface Mutation {
  readonly invariant: number;
  readonly name: string;
  readonly by: keyof typeof properties;
  readonly property: () => fc.IRawProperty<any>;
}

function ofWorld(invariant: number, all: Mutations): Mutation[] {
  return Object.entries(all).map(([name, mutate]) => ({
    invariant,
    name,
    by: "world" as const,
    property: () => fc.property(scenario, (it) => live(it, { ...rules, ...mutate() })),
  }));
}

export const mutations: readonly Mutation[] = [
  ...ofWorld(1, ofInvariant1),
  ...ofWorld(2, ofInvariant2),
  ...ofWorld(3, ofInvariant3),
  ...ofWorld(4, ofInvariant4),
  ...ofWorld(5, ofInvariant5),
  ...ofWorld(2, killedOfInvariant2),
  ...ofWorld(4, killedOfInvariant4),
  ...ofWorld(1, groupsOfInvariant1),
  ...ofWorld(4, groupsOfInvariant4),
  ...ofWorld(6, groupsOfInvariant6),
  ...ofWorld(7, ofInvariant7),
  ...Object.entries(ofInvariant6).map(([name, decide]) => ({
    invariant: 6,
    name,
    by: "memory" as const,
    property: () => fc.property(history, (it: History) => remember(it, decide)),
  })),
  ...Object.entries(ofInvariant8).map(([name, parse]) => ({
    invariant: 8,
    name,
    by: "settings" as const,
    property: () => fc.property(malformed(1), ({ input }) => staysHidden(parse("shop", input))),
  })),
];

/** Runs the property until it finds the bug: what it saw, and how many runs that took. */
export function hunt({ property }: Mutation): { readonly saw: string | null; readonly runs: number } {
  const parameters = { numRuns: 15_000, seed: 20_260_131, endOnFailure: true };
  const { failed, numRuns: runs, errorInstance } = fc.check(property(), parameters) as fc.RunDetails<unknown>;
  const [line = ""] = errorInstance instanceof Error ? errorInstance.message.split("\n") : [];
  return { saw: failed ? line : null, runs };
}
