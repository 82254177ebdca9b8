import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Unfinished } from "../src/claim.ts";
import type { Color } from "../src/color.ts";
import { decide, type Memory, type Sight, versionsOf, type Wish } from "../src/interlock.ts";
import type { Latch, Observation } from "../src/record.ts";
import { history, record, release, remember, same, seen, unreachable, wish } from "./interlock-history.ts";

const memory = (change: Partial<Memory<string>> = {}): Memory<string> => ({
  attempt: 3,
  candidate: "blue",
  live: "blue",
  releases: { blue: { ...release("1"), sealed: true }, green: { ...release("2"), sealed: false } },
  ...change,
});

const faultsOf = (before: Memory<string> | null, wished: Wish<string>, sight: Sight) =>
  decide(before, wished, sight, same).faults;
const problems = (...of: Parameters<typeof faultsOf>) => faultsOf(...of).map(({ problem }) => problem);
const codes = (...of: Parameters<typeof faultsOf>) => faultsOf(...of).map(({ code }) => code);

describe("releases", () => {
  test("a sealed one keeps its definition, whatever was edited; the edit is pending", () => {
    const wished = wish({ releases: { blue: release("1", "edited"), green: release("2") } });
    const decision = decide(memory(), wished, seen(), same);
    expect(decision.memory.releases.blue).toEqual({ version: "1", definition: "d1", sealed: true });
    expect(decision.pending).toEqual(["blue"]);
    expect(decision.faults).toEqual([]);
  });

  test("one that was never live is recorded anew under the same version", () => {
    const wished = wish({ releases: { blue: release("1"), green: release("2", "edited") } });
    const decision = decide(memory(), wished, seen(), same);
    expect(decision.memory.releases.green).toEqual({ version: "2", definition: "edited", sealed: false });
    expect(decision.pending).toEqual([]);
  });

  test("it is sealed by being live, by having been live, and by a latch", () => {
    const unsealed = memory({
      releases: { blue: { ...release("1"), sealed: false }, green: { ...release("2"), sealed: false } },
    });
    expect(decide(unsealed, wish(), seen(), same).memory.releases.blue?.sealed).toBe(true);
    const green = seen({ color: "green", record: record({ active: "green" }) });
    expect(decide(unsealed, wish({ activeColor: "green" }), green, same).memory.releases).toMatchObject({
      blue: { sealed: true },
      green: { sealed: true },
    });
    const latches: Latch[] = [{ color: "green", release: "2", attempt: 2, at: "", reason: "500s" }];
    const latched = seen({ record: record({ latches }) });
    expect(decide(unsealed, wish(), latched, same).memory.releases.green?.sealed).toBe(true);
  });

  test("a comparison with something unknown is not pending", () => {
    const wished = wish({ releases: { blue: release("1", "unknown"), green: release("2") } });
    expect(decide(memory(), wished, seen(), same).pending).toEqual([]);
  });

  test("another version on the live color is refused unless it is allowed", () => {
    const wished = wish({ releases: { blue: release("9"), green: release("2") } });
    expect(problems(memory(), wished, seen())).toEqual([
      'blue is live with version "1"; version "9" would change it under its users',
    ]);
    const allowed = decide(memory(), { ...wished, allowLiveChange: true }, seen(), same);
    expect(allowed.faults).toEqual([]);
    expect(versionsOf(allowed.memory)).toEqual({ blue: "9", green: "2" });
  });

  test("what is sealed is frozen: as long as it is kept, and once the router has it", () => {
    const before = memory({
      releases: { blue: { ...release("1"), sealed: true }, green: { ...release("2"), sealed: true } },
    });
    const frozen = (wished: Wish<string>, sight = seen()) => decide(before, wished, sight, same).frozen;
    expect(frozen(wish())).toEqual({ blue: true, green: true });
    expect(frozen(wish(), unreachable)).toEqual({ blue: true, green: true });
    expect(frozen(wish({ releases: { blue: release("1"), green: release("9") } }))).toEqual({
      blue: true,
      green: false,
    });
    const changed = wish({ releases: { blue: release("9"), green: release("2") }, allowLiveChange: true });
    expect(frozen(changed)).toEqual({ blue: false, green: true });
    // A change under the live color's users that an earlier run did not get through.
    const recorded = decide(before, changed, seen(), same).memory;
    const next = (sight: Sight) => decide(recorded, changed, sight, same).frozen.blue;
    expect(next(seen())).toBe(false);
    expect(next(seen({ record: record({ release: "9" }) }))).toBe(true);
    expect(decide(null, wish(), { kind: "absent" }, same).frozen).toEqual({ blue: false, green: false });
  });

  test("a color that the run is not about is a bystander: not one with users, nor one that a revert could go to", () => {
    const bystander = (wished: Wish<string>, sight: Sight) => decide(memory(), wished, sight, same).bystander;
    const green = wish({ activeColor: "green" });
    expect(bystander(wish(), seen())).toBe("green");
    expect(bystander(wish(), { kind: "absent" })).toBe("green");
    expect(bystander(green, { kind: "absent" })).toBe("blue");
    expect(bystander(green, seen())).toBeNull();
    expect(bystander(wish(), seen({ color: "green" }))).toBeNull();
    expect(bystander(wish(), seen({ reaches: ["blue", "green"] }))).toBeNull();
    expect(bystander(wish(), unreachable)).toBeNull();
    const killed = { attempt: 2, from: "green", to: "blue", owner: "ann", since: "2026-01-31T12:00:00Z" } as const;
    expect(bystander(wish(), { ...(seen() as Sight & { kind: "seen" }), unfinished: killed })).toBeNull();
  });

  describe("an app whose memory was lost", () => {
    const lost = (takesOver: Wish<string>["takesOver"], change: Partial<Wish<string>> = {}) =>
      wish({ takesOver, ...change });
    const running = { blue: "1", green: "2" };
    const at = (change: object = {}) => seen({ record: record({ release: "1", attempt: 7, ...change }) });

    test("is taken over as it runs: both colors sealed and frozen, and no attempt begins", () => {
      const { memory: after, faults, frozen } = decide(null, lost(running), at(), same);
      expect(faults).toEqual([]);
      expect(after).toMatchObject({ attempt: 7, candidate: "blue", live: "blue" });
      expect(frozen).toEqual({ blue: true, green: true });
      const other = decide(null, lost({ blue: "1", green: "0" }), at(), same);
      expect(other.frozen).toEqual({ blue: true, green: false });
    });

    test("is not taken over with another version live, with a switch, or when it is not there", () => {
      const releases = { blue: release("9"), green: release("2") };
      expect(codes(null, lost(running, { releases }), at())).toEqual(["live-release-changed"]);
      expect(codes(null, lost(running, { activeColor: "green" }), at())).toEqual(["takeover-switches"]);
      expect(codes(null, lost({ blue: null, green: null }), { kind: "absent" })).toEqual(["nothing-to-take-over"]);
    });
  });

  test("another version on the idle color is taken", () => {
    const wished = wish({ releases: { blue: release("1"), green: release("9") } });
    expect(versionsOf(decide(memory(), wished, seen(), same).memory)).toEqual({ blue: "1", green: "9" });
  });

  test("the live color's release can't be removed, the idle color's can", () => {
    expect(codes(memory(), wish({ activeColor: "green", releases: { green: release("2") } }), seen())).toEqual([
      "live-release-removed",
    ]);
    expect(codes(memory(), wish({ releases: { blue: release("1") } }), seen())).toEqual([]);
  });

  test("a wish for a color without one is refused", () => {
    expect(
      problems(
        memory({ releases: { blue: memory().releases.blue! } }),
        wish({ activeColor: "green", releases: { blue: release("1") } }),
        seen(),
      ),
    ).toEqual(['activeColor is "green", and green has no release']);
  });

  test("an unreachable router makes both colors live", () => {
    const wished = wish({ releases: { blue: release("8"), green: release("9") } });
    const found = problems(memory(), wished, unreachable);
    expect(codes(memory(), wished, unreachable)).toEqual(["live-release-changed", "live-release-changed"]);
    for (const problem of found)
      expect(problem).toContain("the router cannot be reached, so both colors count as live: no route");
  });
});

describe("attempts", () => {
  const attempt = (wished: Wish<string>, sight: Sight, before: Memory<string> | null = memory()) =>
    decide(before, wished, sight, same).memory;
  const green = wish({ activeColor: "green" });

  test("one begins for each run that has traffic to move", () => {
    expect(attempt(green, seen())).toMatchObject({ attempt: 4, candidate: "green", live: "blue" });
    expect(attempt(wish(), seen())).toMatchObject({ attempt: 3, candidate: "blue" });
    expect(attempt(wish(), { kind: "absent" }, null)).toMatchObject({ attempt: 1, candidate: "blue", live: null });
  });

  test("none begins while the router can't be reached", () => {
    expect(attempt(green, unreachable)).toMatchObject({ attempt: 3, live: "blue" });
  });

  test("undoing a killed run of our own needs none; moving its traffic on does", () => {
    const unfinished: Unfinished = { attempt: 3, from: "blue", to: "green", owner: "ann", since: "" };
    const sight = seen({ color: "green", record: record({ active: "green" }) }, unfinished);
    expect(attempt(wish(), sight)).toMatchObject({ attempt: 3 });
    expect(problems(memory(), wish(), sight)).toEqual([]);
    expect(attempt(wish(), seen({ color: "green" }, { ...unfinished, from: null }))).toMatchObject({ attempt: 4 });
  });

  test("going back to another release than a killed run came from is no undoing", () => {
    const unfinished: Unfinished = { attempt: 3, from: "blue", to: "green", owner: "ann", since: "" };
    const sight = seen({ color: "green", record: record({ active: "green", release: "2" }) }, unfinished);
    const renewed = wish({ releases: { blue: release("9"), green: release("2") } });
    const decision = decide(memory({ candidate: "green" }), renewed, sight, same);
    expect(decision).toMatchObject({ faults: [], memory: { attempt: 4, candidate: "blue", live: "green" } });
    expect(decision.memory.releases.blue).toEqual({ ...release("9"), sealed: false });
    // Its gates failed, or it was killed before them: what was recorded since proves nothing.
    expect(attempt(renewed, sight, decision.memory)).toMatchObject({ attempt: 5 });
    // Nor does the old version's name, by which another definition may go.
    expect(attempt(wish(), sight, decision.memory)).toMatchObject({ attempt: 5 });
    expect(attempt(wish({ activeColor: "green" }), sight, decision.memory)).toMatchObject({ attempt: 4 });
  });

  test("traffic that was moved since is not the killed run's any more", () => {
    const unfinished: Unfinished = { attempt: 3, from: "blue", to: "green", owner: "ann", since: "" };
    const sight = seen({ color: "green", intact: false }, unfinished);
    expect(codes(memory(), wish(), sight)).toEqual(["moved"]);
  });

  test("it passes every attempt that the router has seen, when an old state was restored", () => {
    const sight = seen({ record: record({ attempt: 7 }) });
    expect(attempt(wish({ activeColor: "green", force: "blue" }), sight)).toMatchObject({ attempt: 8 });
  });
});

describe("traffic that someone else moved", () => {
  test.each<[string, Partial<Observation>, string]>([
    ["to the other color", { color: "green", intact: false }, "green"],
    ["to backends of neither color", { color: "foreign", intact: false }, "foreign"],
    ["by a run that this state does not know", { color: "green", record: record({ attempt: 9 }) }, "green"],
  ])("%s is refused, with writer and time, unless it is forced back", (_name, change, force) => {
    const { faults } = decide(memory(), wish(), seen(change), same);
    expect(faults.map(({ code }) => code)).toEqual(["moved"]);
    expect(faults[0]?.problem).toMatch(/someone else.*written by ann@ci pid 7 at 2026-01-31T12:00:00Z/);
    expect(faults[0]?.fix).toContain(`force: "${force}"`);
    expect(faults[0]?.fix.includes("activeColor green")).toBe(force === "green");
    expect(problems(memory(), wish({ force: force as Color | "foreign" }), seen(change))).toEqual([]);
    const wrong = force === "green" ? "foreign" : "green";
    expect(codes(memory(), wish({ force: wrong }), seen(change))).toEqual(["moved"]);
  });

  test("is adopted by wishing for where it is", () => {
    const decision = decide(memory(), wish({ activeColor: "green" }), seen({ color: "green", intact: false }), same);
    expect(decision.faults).toEqual([]);
    expect(decision.memory).toMatchObject({ attempt: 3, live: "green" });
  });
});

describe("a latched release", () => {
  const latches: Latch[] = [{ color: "green", release: "2", attempt: 2, at: "noon", reason: "500s" }];
  const sight = seen({ record: record({ latches }) });
  const green = wish({ activeColor: "green" });

  test("is not exposed again by itself", () => {
    expect(problems(memory(), green, sight)).toEqual(["green 2 was reverted after going live (attempt 2, noon): 500s"]);
    expect(problems(memory(), wish(), sight)).toEqual([]);
  });

  test("is tried again when it is named exactly, or has a new version", () => {
    expect(problems(memory(), { ...green, retry: "2#2" }, sight)).toEqual([]);
    expect(codes(memory(), { ...green, retry: "2#1" }, sight)).toEqual(["latched"]);
    expect(problems(memory(), { ...green, releases: { ...green.releases, green: release("3") } }, sight)).toEqual([]);
  });

  test("is gone back to when a killed attempt took the traffic from it", () => {
    const unfinished: Unfinished = { from: "green", to: "blue", attempt: 3, owner: "ann", since: "" };
    const reached = { record: record({ latches }), current: false, reaches: ["blue", "green"] } as const;
    expect(problems(memory(), green, seen(reached, unfinished))).toEqual([]);
    expect(codes(memory(), green, seen(reached, { ...unfinished, attempt: 2 }))).toEqual(["latched"]);
  });

  test("is let through as long as its revert is cut off, for the cutover to finish that, and is no new attempt", () => {
    const unfinished: Unfinished = { from: "blue", to: "green", attempt: 2, owner: "ann", since: "" };
    const begun = { record: record({ attempt: 2, latches }), current: false };
    const before = memory({ attempt: 2 });
    const { faults, memory: after } = decide(before, green, seen(begun, unfinished), same);
    expect(faults).toEqual([]);
    expect(after.attempt).toBe(2);
    const mended = { ...green, releases: { ...green.releases, green: release("3") } };
    const { memory: waiting } = decide(before, mended, seen(begun, unfinished), same);
    expect(waiting).toMatchObject({ attempt: 2, releases: { green: { version: "3" } } });
    const overtaken = decide(memory({ attempt: 3 }), mended, seen(begun, unfinished), same);
    expect(overtaken).toMatchObject({ faults: [], memory: { attempt: 4 } });
    expect(codes(before, green, seen({ ...begun, current: true }, unfinished))).toEqual(["latched"]);
    expect(codes(before, green, seen(begun))).toEqual(["latched"]);
    expect(codes(before, green, seen(begun, { ...unfinished, attempt: 1 }))).toEqual(["latched"]);
    const retried = decide(before, { ...green, retry: "2#2" }, seen(begun, unfinished), same);
    expect(retried).toMatchObject({ faults: [], overrides: ["retry 2#2"], memory: { attempt: 3 } });
  });
});

describe("a router that this app can't have", () => {
  const what = "Service shop";

  test.each<[string, Sight, string, string]>([
    ["is another app's", { kind: "occupied", what, by: "shop-3f2a1c" }, "router-occupied", "router.name"],
    ["is someone else's", { kind: "occupied", what, by: null }, "router-occupied", "router.name"],
    ["has no port to adopt", { kind: "unfit", what, problem: "has no TCP port 80" }, "router-unfit", "router.ports"],
  ])("is refused when it %s", (_name, sight, code, at) => {
    expect(faultsOf(null, wish(), sight)).toMatchObject([{ code, at }]);
  });
});

describe("what only the user's word allows", () => {
  const overrides = (wished: Wish<string>, sight: Sight) => decide(memory(), wished, sight, same).overrides;
  const moved = { color: "green", intact: false } as const;
  const latches: Latch[] = [{ color: "green", release: "2", attempt: 2, at: "noon", reason: "500s" }];
  const green = wish({ activeColor: "green" });

  test.each<[string, Partial<Wish<string>>, Sight]>([
    ["force green", { force: "green" }, seen(moved)],
    ["force foreign", { force: "foreign" }, seen({ color: "foreign", intact: false })],
    ["adopt", { adopts: true }, seen({ color: "foreign", intact: false, record: null })],
    ["retry 2#2", { ...green, retry: "2#2" }, seen({ record: record({ latches }) })],
    ["allowLiveChange blue 1 -> 9", { allowLiveChange: true, releases: { blue: release("9") } }, seen()],
  ])("is named for the journal: %s", (words, change, sight) => {
    expect(overrides(wish(change), sight)).toEqual([words]);
  });

  test("is not named where it allowed nothing", () => {
    const all = { allowLiveChange: true, force: "green", retry: "2#2", adopts: true } as const;
    expect(overrides(wish(all), seen())).toEqual([]);
    expect(overrides(wish({ ...all, force: "foreign" }), seen(moved))).toEqual([]);
  });

  test("is nothing where no color is live", () => {
    const nowhere = seen({ color: null, record: record({ active: null, attempt: 9 }) });
    expect(decide(memory(), wish(), nowhere, same)).toMatchObject({ faults: [], overrides: [] });
  });
});

test("whatever is wished and seen, run after run: what was live under a version never changes under it", async () => {
  await fc.assert(
    fc.property(history, (it) => remember(it, decide)),
    { numRuns: 5_000 },
  );
});

describe("a release that was reverted", () => {
  const before = memory({
    live: "green",
    candidate: "green",
    releases: { blue: { ...release("1"), sealed: true }, green: { ...release("3"), sealed: true } },
  });
  const latches: Latch[] = [{ color: "green", release: "2", attempt: 2, at: "", reason: "500s" }];

  test("is the same on the other color, and after other releases have been live", () => {
    const wished = wish({ releases: { blue: release("2"), green: release("3") } });
    const green = seen({ color: "green", record: record({ active: "green", release: "3", latches }) });
    expect(faultsOf(before, wished, green)).toMatchObject([
      { code: "latched", problem: "blue 2 was reverted after going live on green (attempt 2, ): 500s" },
    ]);
    const named = decide(before, { ...wished, retry: "2#2" }, green, same);
    expect(named).toMatchObject({ faults: [], overrides: ["retry 2#2"] });
  });

  test("is none that was live to the end of its bake on its own color", () => {
    const verified = [{ color: "blue", release: "2", backends: "b" }] as const;
    const wished = wish({ releases: { blue: release("2"), green: release("3") } });
    const green = seen({ color: "green", record: record({ active: "green", release: "3", latches, verified }) });
    expect(problems(before, wished, green)).toEqual([]);
  });
});

describe("a switch is a rollback", () => {
  const verified = [{ color: "blue", release: "1", backends: "b" }] as const;
  const targets = { blue: "b", green: "g" };
  const live = { color: "green", targets } as const;
  const before = memory({ live: "green", candidate: "green" });
  const rollsBack = (observation: Partial<Observation>, wished = wish()) =>
    decide(before, wished, seen({ ...live, ...observation }), same).memory.rollback;
  const shown = record({ active: "green", release: "2", verified });

  test("to a release that was verified live, and for as long as the attempt goes on", () => {
    expect(rollsBack({ record: shown })).toBe(true);
    const { memory: begun } = decide(before, wish(), seen({ ...live, record: shown }), same);
    const again = seen({ color: "blue", targets, record: record({ attempt: begun.attempt, verified }) });
    expect(decide(begun, wish(), again, same).memory).toMatchObject({ attempt: begun.attempt, rollback: true });
  });

  test.each<[string, Partial<Observation>, Wish<string>?]>([
    ["was never watched to the end of a bake", { record: record({ active: "green", release: "2" }) }],
    ["has other containers by now", { record: shown, targets: { blue: "b2", green: "g" } }],
    ["has a new version", { record: shown }, wish({ releases: { blue: release("9"), green: release("2") } })],
    [
      "was reverted since, and is named",
      { record: { ...shown, latches: [{ color: "blue", release: "1", attempt: 2, at: "", reason: "500s" }] } },
      wish({ retry: "1#2" }),
    ],
  ])("not to one that %s", (_name, observation, wished) => {
    expect(rollsBack(observation, wished)).toBe(false);
  });
});
