import * as fc from "fast-check";
import { expect, test } from "vitest";
import { humanMilliseconds, milliseconds } from "../src/duration.ts";

test.each([
  ["500ms", 500],
  ["90s", 90_000],
  ["1.5s", 1_500],
  ["5m", 300_000],
  ["1h", 3_600_000],
  ["0s", 0],
])("%s is %d ms", (text, ms) => {
  expect(milliseconds(text)).toBe(ms);
});

test("anything else is refused by name", async () => {
  for (const text of ["", "5", "5 s", "-1s", "1d", "s", "1e3s", "1s1s", " 1s", "1s\n", ".5s"]) {
    expect(() => milliseconds(text), JSON.stringify(text)).toThrow(RangeError);
  }
  await fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        return Number.isFinite(milliseconds(text));
      } catch (error) {
        return error instanceof RangeError && error.message.includes(text);
      }
    }),
  );
});

test.each([
  [840.4, "840 ms"],
  [2_500, "2.5 s"],
  [60_000, "60 s"],
  [300_000, "5 min"],
])("%d ms reads as %s", (ms, text) => {
  expect(humanMilliseconds(ms)).toBe(text);
});
