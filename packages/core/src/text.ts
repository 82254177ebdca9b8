/** A text of someone else for a message: one line, no characters that move the cursor or turn the direction, at most `limit` long. */
export function oneLine(text: string, limit: number): string {
  // Four times as much as is shown: a long text is not worked through for its first line.
  const shown = text.slice(0, limit * 4).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "�");
  const characters = Array.from(shown);
  return characters.length > limit || text.length > limit * 4 ? `${characters.slice(0, limit - 1).join("")}…` : shown;
}

/** What moves a cursor, changes colors or turns the direction of what follows; not the ends of lines. */
const controls = /(?![\n\t])[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A text of someone else with such characters as they would be written in a program: `\\x1b`. */
export function visible(text: string): string {
  return text.replace(/\r+(?=\n)/g, "").replace(controls, (character) => {
    const code = character.codePointAt(0) as number;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** The name that was probably meant: at most a third of its characters added, left out, changed or swapped. */
export function nearest(given: string, names: readonly string[]): string | null {
  if (given.length > 60) return null;
  let best: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const cost = edits(given.toLowerCase(), name.toLowerCase());
    if (cost < least && cost <= Math.max(1, Math.floor(name.length / 3))) [best, least] = [name, cost];
  }
  return best;
}

/** Optimal string alignment distance: single-character edits, and swaps of neighbours. */
function edits(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const above = rows[i - 1] as number[];
      const changed = (above[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const costs = [(above[j] as number) + 1, (row[j - 1] as number) + 1, changed];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) costs.push((rows[i - 2]?.[j - 2] as number) + 1);
      row.push(Math.min(...costs));
    }
    rows.push(row);
  }
  return rows[a.length]?.[b.length] as number;
}
