/**
 * A clock that two processes of one machine share: wall-clock milliseconds that never jump.
 * `process.hrtime` counts from the same origin in every process, so both ends need only the same anchor.
 */
export interface Anchor {
  /** Wall clock at the anchor, in ms since 1970. */
  readonly wallMs: number;
  /** Monotonic clock at the anchor, in ms. */
  readonly monotonicMs: number;
}

export function anchorNow(): Anchor {
  return { wallMs: Date.now(), monotonicMs: monotonicMs() };
}

/** Returns the current time in ms since 1970, with fractions, as a function of one anchor. */
export function clockFrom(anchor: Anchor): () => number {
  return () => anchor.wallMs + (monotonicMs() - anchor.monotonicMs);
}

function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
