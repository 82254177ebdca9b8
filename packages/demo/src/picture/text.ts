/** Makes any text safe as content or quoted attribute of XML and HTML. */
export function escapeText(text: string): string {
  const names: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[\p{Cc}\uFFFE\uFFFF]/gu, " ").replace(/[&<>"']/g, (char) => names[char]!);
}

/** Cuts a text to so many characters, the last of them an ellipsis. */
export function shorten(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most
    ? text
    : `${characters
        .slice(0, most - 1)
        .join("")
        .trimEnd()}…`;
}

/** A cautious guess of a text's width in px: the viewer's font is not known. */
export function textWidth(text: string, fontPx: number): number {
  return [...text].length * fontPx * 0.56;
}

/**
 * Breaks a text between words into at most `most` lines that fit into `room` px.
 * @returns no lines at all if it does not fit
 */
export function wrap(text: string, fontPx: number, room: number, most: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((word) => word !== "")) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
    if (lines.length > 0 && textWidth(longer, fontPx) <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  const fits = lines.length <= most && lines.every((line) => textWidth(line, fontPx) <= room);
  return fits ? lines : [];
}
