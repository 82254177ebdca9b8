import * as fc from "fast-check";
import type { Unfinished } from "../src/claim.ts";
import type { Color } from "../src/color.ts";
import type { Decision, decide, Memory, Release, Sight, Wish } from "../src/interlock.ts";
import type { Observation, RouterRecord } from "../src/record.ts";
import { promise } from "./model-rules.ts";

export const same = (a: string, b: string) => (a === "unknown" || b === "unknown" ? null : a === b);
export const release = (version: string, definition = `d${version}`): Release<string> => ({ version, definition });

export const wish = (change: Partial<Wish<string>> = {}): Wish<string> => ({
  activeColor: "blue",
  releases: { blue: release("1"), green: release("2") },
  allowLiveChange: false,
  force: null,
  retry: null,
  irreversible: {},
  returnPast: null,
  adopts: false,
  ...change,
});

export const record = (change: Partial<RouterRecord> = {}): RouterRecord => ({
  app: "shop",
  active: "blue",
  release: "1",
  backends: "b",
  attempt: 3,
  writer: "ann@ci pid 7",
  at: "2026-01-31T12:00:00Z",
  latches: [],
  ...change,
});

export function seen(change: Partial<Observation> = {}, unfinished: Unfinished | null = null): Sight {
  const observation = {
    color: "blue",
    record: record(),
    intact: true,
    current: true,
    movedBy: null,
    ...change,
  } as const;
  return { kind: "seen", observation, unfinished };
}

export const unreachable: Sight = { kind: "unreachable", reason: "no route" };

/** Wishes and sights, run after run, whatever they are. */
const color = fc.constantFrom<Color>("blue", "green");
const maybeRelease = fc.option(fc.tuple(fc.constantFrom("1", "2", "3"), fc.constantFrom("a", "b", "unknown")), {
  nil: null,
});
const step = fc.record({
  activeColor: color,
  blue: maybeRelease,
  green: maybeRelease,
  allowLiveChange: fc.boolean(),
  force: fc.constantFrom<Color | "foreign" | null>(null, "blue", "green", "foreign"),
  sight: fc.constantFrom("absent", "unreachable", "seen", "seen", "seen"),
  live: fc.constantFrom<Color | "foreign" | null>("blue", "green", "foreign", null),
  intact: fc.boolean(),
});

export const history = fc.array(step, { maxLength: 12 });
export type History = typeof history extends fc.Arbitrary<infer T> ? T : never;

/** What was live under a version never changes under it; an attempt is counted whenever traffic has to move. */
export function remember(steps: History, decideUnderTest: typeof decide): void {
  let before: Memory<string> | null = null;
  for (const it of steps) {
    const releases: Partial<Record<Color, Release<string>>> = {};
    if (it.blue) releases.blue = release(...it.blue);
    if (it.green) releases.green = release(...it.green);
    const { activeColor, allowLiveChange, force } = it;
    const wished = wish({ activeColor, allowLiveChange, force, releases });
    const sight = sightOf(it.sight, it.live, it.intact);
    const decision: Decision<string> = decideUnderTest(before, wished, sight, same);
    const { memory: after, faults } = decision;
    for (const one of ["blue", "green"] as const) {
      const was: { version: string; definition: string; sealed: boolean } | undefined = before?.releases[one];
      const is = after.releases[one];
      if (!was) continue;
      const unseen = sight.kind === "unreachable";
      const live = sight.kind === "seen" ? sight.observation.color : null;
      const kept = is?.version === was.version;
      promise(!was.sealed || !kept || is.definition === was.definition, "a sealed release was changed");
      promise((live !== one && !unseen) || allowLiveChange || kept, "a live release was replaced");
      promise(live !== one || !kept || is.sealed, "a live release is not sealed");
      const frozen = decision.frozen[one];
      promise(!frozen || (kept && is.definition === was.definition), "a release that changes is frozen");
      promise(live !== one || !kept || frozen, "a live release is not frozen");
      promise(decision.bystander !== one || live !== one, "a color with users is a bystander");
    }
    promise(decision.bystander !== activeColor, "the color that is wished is a bystander");
    const grown: number = after.attempt - (before?.attempt ?? 0);
    const moves = sight.kind !== "unreachable" && after.live !== activeColor;
    promise(grown === (moves ? 1 : 0), `${grown} attempts counted`);
    for (const { problem, at, fix } of faults) {
      promise(!/undefined|object/.test(`${problem}${at}${fix}`), `a fault that nobody understands: ${problem}`);
    }
    // What is refused is not saved.
    if (faults.length === 0) before = after;
  }
}

function sightOf(kind: string, live: Observation["color"], intact: boolean): Sight {
  if (kind === "absent") return { kind };
  if (kind === "unreachable") return unreachable;
  return seen({ color: live, record: null, intact });
}
