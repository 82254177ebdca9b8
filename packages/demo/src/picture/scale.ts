/**
 * Round values from 0 to at least `max`, a step of 1, 2 or 5 times a power of ten apart.
 * @param about how many steps are wanted
 */
export function ticksTo(max: number, about: number): number[] {
  const top = Math.max(max, 1);
  const raw = top / about;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = Math.max(1, power * ([1, 2, 5, 10].find((factor) => factor * power >= raw) ?? 10));
  return Array.from({ length: Math.ceil(top / step) + 1 }, (_, i) => i * step);
}

/** Whole seconds at which a time axis is labelled, at most `most` of them, 0 first. */
export function timeTicks(seconds: number, most: number): number[] {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
  const step = steps.find((candidate) => seconds / candidate < most) ?? 7200;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, i) => i * step);
}

/** Seconds as `m:ss`. */
export function clockTime(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
