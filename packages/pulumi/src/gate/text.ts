/** What is wrong with a text that was to contain or to match something, without quoting any of it; `null` if nothing is. */
export function textProblem(
  text: string,
  { contains, matches }: { readonly contains?: string | undefined; readonly matches?: string | undefined },
): string | null {
  if (contains !== undefined && !text.includes(contains)) return `does not contain "${contains}"`;
  if (matches !== undefined && !new RegExp(matches, "m").test(text)) return `does not match /${matches}/`;
  return null;
}
