const units = { KB: 1 / 1_024, MB: 1, GB: 1_024 } as const;

/** A memory size as text: a number and `KB`, `MB` or `GB` (powers of 1024, as Docker counts), such as `"512MB"`. */
export type Size = `${number}${keyof typeof units}`;

export const sizePattern = /^(\d+(?:\.\d+)?)(KB|MB|GB)$/;

/** Whole mebibytes of a size, Docker's unit for a container's memory; throws a `RangeError` for anything else. */
export function mebibytes(size: string): number {
  const match = sizePattern.exec(size);
  if (!match) throw new RangeError(`"${size}" is not a size; write "512MB" or "1GB"`);
  return Math.ceil(Number(match[1]) * units[match[2] as keyof typeof units]);
}
