const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** A duration as text: a number and a unit of `ms`, `s`, `m` or `h`, such as `"500ms"`, `"90s"`, `"5m"`. */
export type Duration = `${number}${keyof typeof units}`;

export const durationPattern = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;

/** Milliseconds of a duration; throws a `RangeError` that names the text for anything else. */
export function milliseconds(duration: string): number {
  const match = durationPattern.exec(duration);
  if (!match) throw new RangeError(`"${duration}" is not a duration; write "500ms", "90s", "5m" or "1h"`);
  return Number(match[1]) * units[match[2] as keyof typeof units];
}

/** Milliseconds for a person: `840 ms`, `2.5 s`, `5 min`. */
export function humanMilliseconds(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Number((ms / 1_000).toFixed(1))} s`;
  return `${Number((ms / 60_000).toFixed(1))} min`;
}
