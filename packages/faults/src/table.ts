import { describeGaps, sum } from "./loss.ts";
import type { Ending, Played } from "./play.ts";
import { faultOf, type Row } from "./rows.ts";
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
  "lost",
  "exit and message",
  "state, answers",
  "wish kept: exit, state, answers",
  "wish reverted: exit, state, answers",
  "`pulumi cancel`",
];
const legend = `old: the color that was live as the fault struck; new: the wished one. What was lost, from the beginning of the run
that was struck to the end of the next \`up\`, are requests, failed / sent in both plays; of an exclusive service each gap in
which nobody worked, by the lease that it holds, and how many held that at one time at most; ≤: what the fault may cost.
The columns after those say how the run that was struck ended, and the next \`up\`, with the wish kept and with the wish
reverted.`;
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
  const next = (afterwards: Played["afterwards"]) => {
    const one = played.find((it) => it.afterwards === afterwards);
    return one ? `${one.broken.length > 0 ? "✖ " : ""}${one.next.exit}, ${whereabouts(one, one.next)}` : "✖ not played";
  };
  return [
    String(row.number),
    faultOf(row),
    steps[row.step],
    lost(played),
    first ? `${first.struck.exit} ${clipped(first.struck.says)}`.trim() : "",
    first ? whereabouts(first, first.struck) : "",
    next("kept"),
    next("reverted"),
    played.some(({ cancelled }) => cancelled) ? "yes" : "no",
  ].map((cell) => cell.replaceAll("|", "¦"));
}

function lost(played: readonly Played[]): string {
  const limit = sum(played.map(({ allowed }) => allowed.limit));
  const losses = played.map(({ loss }) => loss);
  const requests = losses.filter((loss) => loss.of === "requests");
  const work = losses.filter((loss) => loss.of === "work");
  if (work.length === 0) {
    const [failed, sent] = [sum(requests.map((one) => one.failed)), sum(requests.map((one) => one.sent))];
    return `${failed} / ${sent}${limit > 0 ? ` (≤ ${limit})` : ""}`;
  }
  const gaps = work.map(({ gapsMs }) => describeGaps(gapsMs)).join("; ");
  return `${gaps} (≤ ${limit}); ${Math.max(...work.map(({ most }) => most))} at once`;
}

function whereabouts({ from, to }: Played, { state, answers }: Ending): string {
  const role = (color: string) => (color === from ? "old" : color === to ? "new" : color);
  return `${role(state)}, ${role(answers)}`;
}

function clipped(text: string): string {
  return text.length > messageLength ? `${text.slice(0, messageLength - 1)}…` : text;
}
