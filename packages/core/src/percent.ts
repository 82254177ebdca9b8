/** A share as text: a number and `%`, such as `"0.5%"`. */
export type Percent = `${number}%`;

export const percentPattern = /^(\d+(?:\.\d+)?)%$/;

/** The share as a number, `0.005` for `"0.5%"`; throws a `RangeError` that names the text for anything else. */
export function fraction(percent: string): number {
  const match = percentPattern.exec(percent);
  if (!match) throw new RangeError(`"${percent}" is not a share; write "0.5%" or "20%"`);
  return Number(match[1]) / 100;
}

/** A share for a person, with as many digits as matter: `0.5 %`, `33.3 %`. */
export function humanFraction(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
