import type { Ending, Played } from "./play.ts";
import type { Row } from "./rows.ts";
import { steps } from "./steps.ts";

export interface Numbered extends Row {
  readonly number: number;
}

/** One row with both of its ends. */
export interface Line {
  readonly row: Numbered;
  readonly played: readonly Played[];
  /** What does not hold of all that must. */
  readonly broken: readonly string[];
}

const head = [
  "#",
  "fault",
  "step of the cutover",
  "failed / sent",
  "exit and message",
  "state, answers",
  "wish kept: exit, state, answers",
  "wish reverted: exit, state, answers",
  "`pulumi cancel`",
];
const legend = `old: the color that was live as the fault struck; new: the wished one. Requests are those from the beginning of the
run that was struck to the end of the next \`up\`, of both plays; ≤: how many the fault may cost at most. The columns after
those say how the run that was struck ended, and the next \`up\`, with the wish kept and with the wish reverted.`;
const messageLength = 90;

/** As Markdown, which is readable as plain text, too. */
export function table(lines: readonly Line[]): string {
  const cells = [head, ...lines.map(cellsOf)];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const drawn = cells.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`);
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [drawn[0], rule, ...drawn.slice(1), "", legend].join("\n");
}

function cellsOf({ row, played }: Line): string[] {
  const [first] = played;
  const sum = (of: (one: Played) => number) => played.reduce((total, one) => total + of(one), 0);
  const bound = sum(({ allowed }) => allowed.requests);
  const failed = `${sum((one) => one.failed)} / ${sum((one) => one.sent)}${bound > 0 ? ` (≤ ${bound})` : ""}`;
  const next = (afterwards: Played["afterwards"]) => {
    const one = played.find((it) => it.afterwards === afterwards);
    return one ? `${one.broken.length > 0 ? "✖ " : ""}${one.next.exit}, ${whereabouts(one, one.next)}` : "✖ not played";
  };
  return [
    String(row.number),
    row.fault.words,
    steps[row.step],
    failed,
    first ? `${first.struck.exit} ${clipped(first.struck.says)}`.trim() : "",
    first ? whereabouts(first, first.struck) : "",
    next("kept"),
    next("reverted"),
    played.some(({ cancelled }) => cancelled) ? "yes" : "no",
  ].map((cell) => cell.replaceAll("|", "¦"));
}

function whereabouts({ from, to }: Played, { state, answers }: Ending): string {
  const role = (color: string) => (color === from ? "old" : color === to ? "new" : color);
  return `${role(state)}, ${role(answers)}`;
}

function clipped(text: string): string {
  return text.length > messageLength ? `${text.slice(0, messageLength - 1)}…` : text;
}
