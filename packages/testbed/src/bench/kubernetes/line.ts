export interface Line {
  readonly slope: number;
  at(x: number): number;
}

/** The line of least squares. Needs points at two places at least; otherwise it is flat. */
export function lineThrough(points: readonly { readonly x: number; readonly y: number }[]): Line {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(points.map(({ x }) => x)), mean(points.map(({ y }) => y))];
  const spread = points.reduce((sum, { x }) => sum + (x - mx) ** 2, 0);
  const common = points.reduce((sum, { x, y }) => sum + (x - mx) * (y - my), 0);
  const slope = spread === 0 ? 0 : common / spread;
  return { slope, at: (x) => my + slope * (x - mx) };
}
