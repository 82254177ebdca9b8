/** A label beside a vertical line that runs from it down into the plot. */
export interface Flag {
  /** Where the line stands, in px. */
  readonly x: number;
  /** Width of the label, in px. */
  readonly width: number;
}

export interface PlacedFlag {
  /** 0 is the lane next to the plot, higher ones lie further up. */
  readonly lane: number;
  /** The side of the line that the label is on. */
  readonly side: "left" | "right";
}

/** Least distance between a label and a foreign line or label, in px. */
const gap = 10;

/**
 * Places flags so that no label touches another and no line runs through a label: a label stands higher than
 * every line it passes over. It reaches to the right of its line, or to the left where that keeps it inside the
 * picture or needs fewer lanes.
 * @param flags in order of x
 * @param left where the picture begins, in px
 * @param right where the picture ends, in px
 */
export function placeFlags(flags: readonly Flag[], left: number, right: number): PlacedFlag[] {
  const cost = (sides: readonly Side[]) => costOf(flags, sides, left, right);
  const starts = flags.flatMap((_, split) => [
    flags.map((_, i): Side => (i < split ? "right" : "left")),
    flags.map((_, i): Side => (i < split ? "left" : "right")),
  ]);
  const found = starts.map((start) => improve(start, cost)).sort((a, b) => cost(a) - cost(b));
  const sides = found[0] ?? [];
  const lanes = lanesOf(flags, sides) ?? [];
  return lanes.map((lane, i) => ({ lane, side: sides[i]! }));
}

type Side = PlacedFlag["side"];

/** Turns one flag at a time as long as that makes the whole better. */
function improve(start: Side[], cost: (sides: readonly Side[]) => number): Side[] {
  let sides = start;
  let best = cost(sides);
  for (let better = true; better; ) {
    better = false;
    for (let i = 0; i < sides.length; i++) {
      const turned = sides.with(i, sides[i] === "right" ? "left" : "right");
      const turnedCost = cost(turned);
      if (turnedCost >= best) continue;
      [sides, best, better] = [turned, turnedCost, true];
    }
  }
  return sides;
}

/** Labels outside the picture are worst, then high lanes, the highest most of all, then labels on the left. */
function costOf(flags: readonly Flag[], sides: readonly Side[], left: number, right: number): number {
  const lanes = lanesOf(flags, sides);
  if (lanes === undefined) return Number.POSITIVE_INFINITY;
  const outside = flags.filter(({ x, width }, i) => (sides[i] === "right" ? x + width > right : x - width < left));
  const high = lanes.reduce((sum, lane) => sum + lane ** 3, 0);
  const onLeft = sides.filter((side) => side === "left").length;
  return outside.length * 1e9 + high * 10 + onLeft;
}

/** The lowest lanes that keep labels apart; undefined if two labels would each have to be above the other. */
function lanesOf(flags: readonly Flag[], sides: readonly Side[]): number[] | undefined {
  const spans = flags.map(({ x, width }, i) => {
    return sides[i] === "right" ? { from: x, to: x + width + gap } : { from: x - width - gap, to: x };
  });
  const above = (i: number, j: number): boolean => {
    if (i === j) return false;
    const passesOver = (a: number, b: number) => {
      const x = flags[b]!.x;
      // Of two flags on one line's place the later one is the lower on the right, the higher on the left.
      if (x === flags[a]!.x) return sides[a] === "right" ? a < b : a > b;
      return x > spans[a]!.from && x < spans[a]!.to;
    };
    if (passesOver(i, j)) return true;
    // Labels that face each other and meet: the later one takes the higher lane.
    return i > j && !passesOver(j, i) && spans[j]!.to > spans[i]!.from && spans[i]!.to > spans[j]!.from;
  };
  const lanes = new Array<number>(flags.length).fill(0);
  // Longest chain of "above"; one that is still growing after a round per flag is a circle.
  for (let round = 0; round <= flags.length; round++) {
    let grown = false;
    for (let i = 0; i < flags.length; i++) {
      for (let j = 0; j < flags.length; j++) {
        if (!above(i, j) || lanes[i]! > lanes[j]!) continue;
        lanes[i] = lanes[j]! + 1;
        grown = true;
      }
    }
    if (!grown) return lanes;
  }
  return undefined;
}
