import { describe, expect, it } from "vitest";
import { type Flag, placeFlags } from "../../src/picture/flags.ts";

/** What is wrong with a placement: labels that touch, lines through labels, labels outside. */
function faults(flags: readonly Flag[], left: number, right: number): string[] {
  const placed = placeFlags(flags, left, right).map(({ lane, side }, i) => {
    const { x, width } = flags[i]!;
    return side === "right" ? { lane, x, from: x, to: x + width } : { lane, x, from: x - width, to: x };
  });
  const found: string[] = [];
  placed.forEach((a, i) => {
    if (a.from < left || a.to > right) found.push(`${i} is outside`);
    placed.forEach((b, j) => {
      if (i < j && a.lane === b.lane && a.from < b.to && b.from < a.to) found.push(`${i} and ${j} touch`);
      // A line runs from its own lane down to the plot.
      if (i !== j && b.lane >= a.lane && b.x > a.from && b.x < a.to) found.push(`line ${j} runs through ${i}`);
    });
  });
  return found;
}

describe("flags", () => {
  it("lie in one lane where there is room", () => {
    const flags = [100, 300, 500].map((x) => ({ x, width: 80 }));
    expect(placeFlags(flags, 0, 900)).toEqual(flags.map(() => ({ lane: 0, side: "right" })));
    expect(placeFlags([], 0, 900)).toEqual([]);
  });

  it("reach to the left at the right end of the picture", () => {
    expect(placeFlags([{ x: 880, width: 80 }], 0, 900)).toEqual([{ lane: 0, side: "left" }]);
  });

  it("stay apart when all happens at once, at either end and in the middle", () => {
    for (const x of [20, 450, 890]) {
      const close = Array.from({ length: 12 }, (_, i) => ({ x: x + i * 0.7, width: 60 + ((i * 37) % 90) }));
      expect(faults(close, 0, 900)).toEqual([]);
      expect(
        faults(
          close.map((flag) => ({ ...flag, x })),
          0,
          900,
        ),
      ).toEqual([]);
    }
  });

  it("stay apart in many random runs", () => {
    let seed = 7;
    const random = () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    for (let round = 0; round < 60; round++) {
      const flags = Array.from({ length: 1 + Math.floor(random() * 16) }, () => {
        return { x: 60 + random() * 870, width: 30 + random() * 200 };
      }).sort((a, b) => a.x - b.x);
      expect(faults(flags, -300, 1300)).toEqual([]);
    }
  });
});
