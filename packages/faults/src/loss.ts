/** What an app's users lost while a row was played. */
export type Loss =
  | { readonly of: "requests"; readonly sent: number; readonly failed: number }
  /** `gapsMs`: each time that nobody worked. `most`: workers at one time. */
  | { readonly of: "work"; readonly gapsMs: readonly number[]; readonly most: number };

/** What an allowance is compared with: requests, or milliseconds. */
export function amountOf(loss: Loss): number {
  return loss.of === "requests" ? loss.failed : sum(loss.gapsMs);
}

export function describeLoss(loss: Loss): string {
  if (loss.of === "requests") return `${loss.failed} of ${loss.sent} requests failed`;
  return `nobody worked for ${describeGaps(loss.gapsMs)}, at most ${loss.most} at once`;
}

/** "1210 + 980 ms" */
export function describeGaps(gapsMs: readonly number[]): string {
  return `${gapsMs.length > 0 ? gapsMs.join(" + ") : 0} ms`;
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
