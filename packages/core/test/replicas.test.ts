import { describe, expect, test } from "vitest";
import { retiresAt, wishedReplicas } from "../src/replicas.ts";

const fixed = (now: number) => ({ now, autoscaled: false });
const autoscaled = (now: number) => ({ now, autoscaled: true });
const wish = (change: Partial<Parameters<typeof wishedReplicas>[0]>) =>
  wishedReplicas({ own: fixed(2), declared: 2, edited: true, candidate: false, other: 2, ...change });

describe("a color's service", () => {
  test("has what the program says", () => {
    expect(wish({ declared: 3 })).toBe(3);
    expect(wish({ declared: 1 })).toBe(1);
  });

  test("that somebody has scaled by hand keeps its size until the program says another one, unless it is the candidate", () => {
    expect(wish({ own: fixed(5), edited: false })).toBe(5);
    expect(wish({ own: fixed(5), declared: 3 })).toBe(3);
    expect(wish({ own: fixed(1), edited: false, candidate: true, other: 5 })).toBe(5);
    expect(wish({ own: fixed(0), edited: false })).toBe(0);
  });

  test("that is retired stays so, whatever the program says", () => {
    expect(wish({ own: fixed(0), declared: 3 })).toBe(0);
    expect(wish({ own: autoscaled(0) })).toBe(0);
  });

  test("that is the candidate has as many as the live one, and never fewer than the program says", () => {
    expect(wish({ own: fixed(0), candidate: true, other: 5 })).toBe(5);
    expect(wish({ own: fixed(0), candidate: true, other: 0 })).toBe(2);
    expect(wish({ own: autoscaled(0), candidate: true, other: 8 })).toBe(8);
  });

  test("that is autoscaled keeps what the autoscaler made of it", () => {
    expect(wish({ own: autoscaled(7) })).toBe(7);
    expect(wish({ own: autoscaled(7), candidate: true, other: 3 })).toBe(7);
    expect(wish({ own: autoscaled(1), candidate: true, other: 3 })).toBe(3);
  });
});

test("a color that was left retires at once, after its time, or never", () => {
  const left = "2026-01-31T12:00:00.000Z";
  expect(retiresAt("warm", left)).toBeNull();
  expect(retiresAt("zero", left)).toBe(Date.parse(left));
  expect(retiresAt({ after: "4h" }, left)).toBe(Date.parse("2026-01-31T16:00:00.000Z"));
});
