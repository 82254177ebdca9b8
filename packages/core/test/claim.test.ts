import { expect, test } from "vitest";
import { claim, shownAttempt, type Unfinished, undoes } from "../src/claim.ts";
import type { Observation } from "../src/record.ts";
import { record as recordOf } from "./interlock-history.ts";

const record = recordOf({ active: "green", release: "2", attempt: 2 });
const seen: Observation = { color: "green", record, intact: true, current: true, movedBy: null };
const unfinished: Unfinished = { attempt: 2, from: "blue", to: "green", owner: "ann", since: "" };
const standing = { attempt: 2, from: "blue", to: "green" } as const;

test("a lease says where traffic comes from and goes to", () => {
  expect(claim("blue", true, seen, null)).toEqual({ from: "green", to: "blue" });
  expect(claim("green", true, seen, null)).toEqual({ from: "green", to: "green" });
  const foreign = { ...seen, color: "foreign", intact: false } as const;
  expect(claim("green", true, foreign, null)).toEqual({ from: "green", to: "green" });
});

test("a run that finishes or undoes a killed one goes on with its claim", () => {
  expect(claim("green", false, seen, unfinished)).toEqual({ from: "blue", to: "green", standing });
  expect(claim("blue", true, seen, unfinished)).toEqual({ from: "blue", to: "green", standing });
});

test("traffic that is not the killed run's own gives no way back through it", () => {
  const moved = { from: "green", to: "green" };
  expect(claim("green", true, { ...seen, intact: false }, unfinished)).toEqual(moved);
  expect(claim("green", true, { ...seen, record: { ...record, attempt: 1 } }, unfinished)).toEqual(moved);
});

test("going back to another release than the killed run came from is an attempt of its own", () => {
  expect(undoes("blue", true, standing)).toBe(true);
  expect(undoes("blue", false, standing)).toBe(false);
  expect(undoes("green", true, standing)).toBe(false);
  expect(claim("blue", false, seen, unfinished)).toEqual({ from: "green", to: "blue", standing });
});

test("a lease proves the attempt that it found until its own has moved the traffic, and from then on its own", () => {
  const second: Unfinished = { ...unfinished, attempt: 3, from: "green", to: "blue", standing };
  expect(shownAttempt(seen, second)).toEqual(standing);
  const moved: Observation = { ...seen, color: "blue", record: { ...record, active: "blue", attempt: 3 } };
  expect(shownAttempt(moved, second)).toEqual({ attempt: 3, from: "green", to: "blue" });
  expect(shownAttempt({ ...moved, intact: false }, second)).toBeNull();
  expect(shownAttempt({ ...seen, record: { ...record, attempt: 4 } }, second)).toBeNull();
});

test("nothing is proven where there is neither a lease nor a record", () => {
  expect(shownAttempt(seen, null)).toBeNull();
  expect(shownAttempt({ ...seen, color: null, record: null }, unfinished)).toBeNull();
});
