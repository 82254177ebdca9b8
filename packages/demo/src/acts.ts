import type { Color } from "@bluegreen/core";
import type { Tally } from "@bluegreen/testkit/load/report";
import type { Expectation, Observed } from "./claims.ts";
import { milliseconds, type PictureEvent } from "./picture/act.ts";

/** One act of the story: what a person types, and what must be true afterwards. */
export interface ActPlan {
  readonly name: string;
  /** Stack config that is set first. */
  readonly set: Readonly<Record<string, string>>;
  readonly run: "up" | "preview";
  readonly expect: Expectation;
  /** The outcome in a few words. */
  readonly note: (seen: Observed) => string;
  /** What the picture points at. @param ended when the command ended */
  readonly events?: (seen: Observed, ended: number) => PictureEvent[];
}

/** The release that each color shows; tags of the demo's images. */
const releases = {
  first: "1.0.0",
  second: "1.1.0",
  mended: "1.2.0",
  faulty: "2.0.0-faulty",
  breaks: "2.1.0-breaks",
} as const;

/** The story. It ends with blue live and a good green beside it, so that a switch by hand can follow. */
export const acts: readonly ActPlan[] = [
  {
    name: "first deployment",
    set: { activeColor: "blue", blue: releases.first },
    run: "up",
    expect: { succeeds: true, live: "blue", answers: ["blue"] },
    note: () => `blue ${releases.first} is live`,
  },
  {
    name: "deploy green",
    set: { green: releases.second },
    run: "up",
    expect: { succeeds: true, live: "blue", answers: ["blue"], says: /shop-green-web(-1)? created/ },
    note: () => `green ${releases.second} is there, idle`,
    events: (_, ended) => [{ at: ended, label: `green ${releases.second} there`, tone: "plain" }],
  },
  {
    name: "preview",
    set: { activeColor: "green" },
    run: "preview",
    expect: {
      succeeds: true,
      live: "blue",
      answers: ["blue"],
      says: /activeColor *: "blue" => "green"/,
      untouched: "state",
    },
    note: () => 'activeColor: "blue" => "green"',
  },
  {
    name: "guarded switch",
    set: {},
    run: "up",
    expect: { succeeds: true, live: "green", answers: ["blue", "green"] },
    note: (seen) => handover(seen, "blue", "green"),
    events: (seen) => [moved(seen.tally, "green", "switch"), ...drained(seen, "blue")],
  },
  {
    name: "rollback",
    set: { activeColor: "blue" },
    run: "up",
    expect: { succeeds: true, live: "blue", answers: ["blue", "green"] },
    note: (seen) => handover(seen, "green", "blue"),
    events: (seen) => [moved(seen.tally, "blue", "rollback"), ...drained(seen, "green")],
  },
  {
    name: "candidate fails its gate",
    set: { green: releases.faulty, activeColor: "green" },
    run: "up",
    expect: { succeeds: false, live: "blue", answers: ["blue"], says: /gate http-1 of green \S+ failed/ },
    note: () => "refused before the switch",
    events: (_, ended) => [{ at: ended, label: "refused by its gate", tone: "red" }],
  },
  {
    name: "release breaks when live",
    set: { green: releases.breaks },
    run: "up",
    expect: {
      succeeds: false,
      live: "blue",
      answers: ["blue", "green"],
      says: /failed after the switch/,
      breaks: releases.breaks,
    },
    note: ({ tally }) => `reverted by itself, green was live for ${exposure(tally, "green")}`,
    events: ({ tally }) => [
      moved(tally, "green", `${releases.breaks} goes live`),
      { at: tally.lastAnswer.green ?? 0, label: "reverted by itself", tone: "red" },
    ],
  },
  {
    name: "the same up again",
    set: {},
    run: "up",
    expect: {
      succeeds: false,
      live: "blue",
      answers: ["blue"],
      says: /reverted after going live/,
      untouched: "containers",
    },
    note: () => "refused by the latch",
    events: (_, ended) => [{ at: ended, label: "refused by the latch", tone: "red" }],
  },
  {
    name: "config set back",
    set: { activeColor: "blue" },
    run: "up",
    expect: { succeeds: true, live: "blue", answers: ["blue"], untouched: "containers" },
    note: () => "nothing to move",
  },
  {
    name: "mended release",
    set: { green: releases.mended, activeColor: "green" },
    run: "up",
    expect: { succeeds: true, live: "green", answers: ["blue", "green"] },
    note: (seen) => handover(seen, "blue", "green"),
    events: (seen) => [moved(seen.tally, "green", "mended release"), ...drained(seen, "blue")],
  },
  {
    name: "rollback again",
    set: { activeColor: "blue" },
    run: "up",
    expect: { succeeds: true, live: "blue", answers: ["blue", "green"] },
    note: (seen) => handover(seen, "green", "blue"),
    events: (seen) => [moved(seen.tally, "blue", "rollback"), ...drained(seen, "green")],
  },
];

function moved(tally: Tally, color: Color, label: string): PictureEvent {
  return { at: tally.firstAnswer[color] ?? 0, label, tone: color };
}

/** When the last kept-alive connection had left the color, where those have to be moved. */
function drained({ tally, record }: Observed, from: Color): PictureEvent[] {
  const at = tally.lastAnswer[from];
  return record?.drain && at !== undefined ? [{ at, label: "drained", tone: "plain" }] : [];
}

/** The order of answers around a switch, as the clients saw it, and how the connections that they keep were moved. */
function handover({ tally, record }: Observed, from: Color, to: Color): string {
  const overlap = (tally.lastAnswer[from] ?? 0) - (tally.firstAnswer[to] ?? 0);
  const when = overlap > 0 ? "after" : "before";
  const order = `${from}'s last answer ${milliseconds(Math.abs(overlap))} ${when} ${to}'s first`;
  if (!record?.drain) return order;
  const { moved, backends, ms } = record.drain;
  return `${order}; drain: ${moved} of ${backends} in ${milliseconds(ms)}`;
}

function exposure(tally: Tally, color: Color): string {
  return milliseconds((tally.lastAnswer[color] ?? 0) - (tally.firstAnswer[color] ?? 0));
}
