import { count } from "@bluegreen/testkit/count";
import { type Act, answeredBy, milliseconds } from "./act.ts";

interface Column {
  readonly head: string;
  readonly align: "left" | "right";
  readonly cell: (act: Act, index: number) => string;
}

/** The columns of the table of acts, on the terminal and on the page. */
export const columns: readonly Column[] = [
  { head: "#", align: "right", cell: (_, index) => String(index + 1) },
  { head: "act", align: "left", cell: (act) => act.name },
  { head: "requests", align: "right", cell: (act) => count(act.sent) },
  { head: "failed", align: "right", cell: (act) => count(act.failed) },
  { head: "answered by", align: "left", cell: (act) => answeredBy(act.byColor) },
  { head: "switch", align: "right", cell: (act) => milliseconds(act.switchMs) },
  { head: "state", align: "left", cell: (act) => act.state },
  { head: "router", align: "left", cell: (act) => act.router },
  { head: "exit", align: "right", cell: (act) => String(act.exit) },
  { head: "outcome", align: "left", cell: (act) => act.note },
];

/** The acts as a table for a terminal: plain text, a line an act, ending in a newline. */
export function actsTable(acts: readonly Act[]): string {
  const rows = acts.map((act, index) => columns.map(({ cell }) => oneLine(cell(act, index))));
  const widths = columns.map(({ head }, i) => Math.max(head.length, ...rows.map((row) => [...row[i]!].length)));
  const line = (cells: readonly string[]) => {
    const padded = cells.map((cell, i) => {
      const gap = " ".repeat(widths[i]! - [...cell].length);
      return columns[i]!.align === "right" ? gap + cell : cell + gap;
    });
    return padded.join("  ").trimEnd();
  };
  const rule = widths.map((width) => "─".repeat(width)).join("──");
  return [line(columns.map(({ head }) => head)), rule, ...rows.map(line), ""].join("\n");
}

/** A message may hold line breaks and escape codes of a terminal; a cell may not. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, " ").trim();
}
