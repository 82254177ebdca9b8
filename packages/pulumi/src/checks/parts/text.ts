import { matches as isMatch } from "./pattern.ts";

interface Wanted {
  readonly contains?: string | undefined;
  readonly matches?: string | undefined;
}

/**
 * What is wrong with a text that was to contain or to match something, without quoting any of it; `null` if nothing is.
 * `part`: what was read of one that is longer, such as `first 1024 KiB`.
 */
export async function textProblem(
  text: string,
  { contains, matches }: Wanted,
  part: string | null = null,
): Promise<string | null> {
  const where = part === null ? "" : ` in its ${part}, and is longer than that`;
  if (contains !== undefined && !text.includes(contains)) return `does not contain "${contains}"${where}`;
  if (matches === undefined || (await isMatch(matches, text))) return null;
  return `does not match /${matches}/${where}`;
}
