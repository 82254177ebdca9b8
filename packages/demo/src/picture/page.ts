import type { Act, PictureInput } from "./act.ts";
import { renderPicture } from "./picture.ts";
import { columns } from "./table.ts";
import { escapeText } from "./text.ts";

const pageStyle = `
:root { color-scheme: light dark; }
body { margin: 0 auto; max-width: 1180px; padding: 24px; background: #f9fafb; color: #1f2937;
  font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
svg { display: block; width: 100%; height: auto; }
.scroll { overflow-x: auto; margin-top: 24px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 7px 10px; text-align: left; border-bottom: 1px solid #e5e7eb; white-space: nowrap; }
th { font-weight: 600; color: #6b7280; }
td:last-child { white-space: normal; min-width: 16em; }
.right { text-align: right; }
.bad { color: #dc2626; font-weight: 600; }
@media (prefers-color-scheme: dark) {
  body { background: #0b1120; color: #e5e7eb; }
  th, td { border-color: #2b3445; }
  th { color: #9ca3af; }
  .bad { color: #f87171; }
}
`;

/** The picture and a table of the acts as one page that needs nothing else. */
export function renderPage(input: PictureInput): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(input.title)}</title>
<style>${pageStyle}</style>
</head>
<body>
${renderPicture(input)}
${input.acts.length > 0 ? table(input.acts) : ""}
</body>
</html>
`;
}

function table(acts: readonly Act[]): string {
  const side = (align: string) => (align === "right" ? "right" : "");
  const heads = columns.map(({ head, align }) => `<th scope="col" class="${side(align)}">${escapeText(head)}</th>`);
  const rows = acts.map((act, index) => {
    const cells = columns.map(({ head, align, cell }) => {
      const bad = head === "failed" && act.failed > 0 ? " bad" : "";
      return `<td class="${side(align)}${bad}">${escapeText(cell(act, index))}</td>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  });
  return `<div class="scroll"><table>
<thead><tr>${heads.join("")}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table></div>`;
}
