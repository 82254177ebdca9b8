import { type Color, isColor } from "./color.ts";
import type { Latch, Observation, RouterRecord } from "./record.ts";

/**
 * Several routers of one app that switch as one. Each is written by itself, so a run that is killed between two writes
 * leaves some at one color and some at the other. The leader tells what they are together: it is switched first and
 * goes back last, so that as long as they differ it shows the color that the unfinished attempt was for.
 */

/** One of them, by its name for a person, as it was seen. */
export interface Part {
  readonly name: string;
  readonly observation: Observation;
}

/**
 * The first in order that has a color; without one, that of the last attempt. A router that was added since has none yet,
 * and was in no attempt if it only gave back what it took.
 */
function leaderOf(all: readonly Observation[]): Observation {
  const [last] = all.toSorted((a, b) => (b.record?.attempt ?? -1) - (a.record?.attempt ?? -1));
  const leader = all.find((one) => one.record?.active) ?? last;
  if (!leader) throw new TypeError("a group has at least one router");
  return leader;
}

/** What the routers show, as one. */
export function combine(parts: readonly Part[]): Observation {
  const all = parts.map(({ observation }) => observation);
  const leader = leaderOf(all);
  const moved = parts.filter(({ observation }) => !observation.intact);
  const differ = all.some((one) => one.color !== null && one.color !== leader.color);
  const color = moved.length > 0 && differ ? "foreign" : leader.color;
  const reached = new Set(all.map((one) => one.color).filter(isColor));
  const reaches = [...reached].some((one) => one !== color) ? { reaches: [...reached] } : {};
  return {
    color,
    record: leader.record && { ...leader.record, latches: latchesOf(leader.record, all) },
    intact: moved.length === 0,
    current: all.every((one) => one.current && one.color === color),
    movedBy: parts.length === 1 ? leader.movedBy : describeMoved(moved),
    ...reaches,
  };
}

/** A revert that was cut off has latched its release with those routers that had gone back. */
function latchesOf({ latches, attempt }: RouterRecord, all: readonly Observation[]): readonly Latch[] {
  const fresh = all
    .flatMap((one) => one.record?.latches ?? [])
    .filter((latch) => latch.attempt === attempt && !latch.outlived);
  const added = fresh.filter((latch, index) => fresh.findIndex(({ release }) => release === latch.release) === index);
  return [...latches.filter(({ release }) => !added.some((latch) => latch.release === release)), ...added];
}

function describeMoved(moved: readonly Part[]): string | null {
  if (moved.length === 0) return null;
  const hands = moved.map(({ name, observation: { color, movedBy } }) => {
    const where = color === "foreign" ? "backends of neither color" : (color ?? "no color");
    return `${movedBy ?? "someone"} (${name}, to ${where})`;
  });
  return hands.join(" and ");
}

/** One write to all routers of a group, step by step: `nextWrite` decides, an edge acts. */
export type GroupWrite =
  /** `left`: routers still to be written, in order. `written`: those that are, the last one first. */
  | {
      readonly at: "writing";
      readonly back: boolean;
      readonly left: readonly number[];
      readonly written: readonly number[];
      readonly skipped: boolean;
    }
  /** One of them did not take the write: the others get back what they had, the last one first. */
  | { readonly at: "restoring"; readonly left: readonly number[]; readonly result: "conflict" | "failed" }
  /**
   * `written`: by all of them. `conflict`: by none, because one was changed since it was seen. `failed`: which of them
   * have taken it is not known, or they differ.
   */
  | { readonly at: "ended"; readonly result: "written" | "conflict" | "failed" };

/** How the write of one router ended, or the attempt to give it back what it had. */
export type PartWritten = "written" | "conflict" | "failed";

/**
 * Forward in order, all or none. What undoes the attempt that these routers show goes back in reverse, without a way
 * back of its own; what someone else has moved meanwhile it leaves alone.
 */
export function beginWrite(all: readonly Observation[], record: Pick<RouterRecord, "attempt" | "active">): GroupWrite {
  const order = all.map((_, index) => index);
  const shown = leaderOf(all).record;
  const back = shown !== null && shown.attempt === record.attempt && shown.active !== record.active;
  if (!back) return { at: "writing", back, left: order, written: [], skipped: false };
  const left = order.reverse().filter((index) => all[index]?.intact || all[index]?.color === record.active);
  return step({ at: "writing", back, left, written: [], skipped: left.length < all.length });
}

export function nextWrite(state: GroupWrite, event: PartWritten): GroupWrite {
  switch (state.at) {
    case "writing": {
      const [part = 0, ...left] = state.left;
      if (event === "written") return step({ ...state, left, written: [part, ...state.written] });
      if (state.back) return { at: "ended", result: state.written.length > 0 ? "failed" : event };
      // A write of unknown fate may have taken effect.
      const undo = event === "failed" ? [part, ...state.written] : state.written;
      return step({ at: "restoring", left: undo, result: event });
    }
    case "restoring":
      // The leader goes back last, or not at all: as long as they differ, it shows what the attempt was for.
      if (event !== "written") return { at: "ended", result: "failed" };
      return step({ ...state, left: state.left.slice(1) });
    case "ended":
      throw new TypeError(`a write that has ended can't get "${event}"`);
    default:
      return state satisfies never;
  }
}

function step(state: Exclude<GroupWrite, { at: "ended" }>): GroupWrite {
  if (state.left.length > 0) return state;
  if (state.at === "restoring") return { at: "ended", result: state.result };
  return { at: "ended", result: state.skipped ? "failed" : "written" };
}

/** Whether a color that is not the live one still has users: some of the app's routers send them there. */
export function isReached(seen: Observation, color: Color): boolean {
  return seen.reaches?.includes(color) ?? false;
}
