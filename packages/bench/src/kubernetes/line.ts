interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Line {
  readonly slope: number;
  at(x: number): number;
}

/** The line of least squares. Needs points at two places at least; otherwise it is flat. */
export function lineThrough(points: readonly Point[]): Line {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(points.map(({ x }) => x)), mean(points.map(({ y }) => y))];
  const spread = points.reduce((sum, { x }) => sum + (x - mx) ** 2, 0);
  const common = points.reduce((sum, { x, y }) => sum + (x - mx) * (y - my), 0);
  const slope = spread === 0 ? 0 : common / spread;
  return { slope, at: (x) => my + slope * (x - mx) };
}

/** What one more costs, from each point to the next. */
export function stepsBetween(points: readonly Point[]): { from: number; to: number; slope: number }[] {
  return points.slice(1).map(({ x, y }, i) => {
    const before = points[i]!;
    return { from: before.x, to: x, slope: (y - before.y) / (x - before.x) };
  });
}
