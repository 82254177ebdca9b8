/** Looks of the picture. It brings its own ground, so that it reads the same on light and dark pages. */
export const pictureStyle = `
.bgp { --ground: #ffffff; --edge: #e5e7eb; --ink: #1f2937; --soft: #6b7280; --grid: #eef0f3; --band: #f6f7f9;
  --line: #9ca3af; --blue: #3b82f6; --green: #22c55e; --red: #dc2626; --none: #cbd5e1;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
@media (prefers-color-scheme: dark) {
  .bgp { --ground: #111827; --edge: #2b3445; --ink: #e5e7eb; --soft: #9ca3af; --grid: #1f2838; --band: #162032;
    --line: #64748b; --red: #f87171; --none: #475569; }
}
.bgp .card { fill: var(--ground); stroke: var(--edge); }
.bgp .title { font-size: 20px; font-weight: 650; fill: var(--ink); }
.bgp .subtitle { font-size: 13px; fill: var(--soft); }
.bgp .legend { font-size: 12px; fill: var(--ink); }
.bgp .tick { font-size: 11px; fill: var(--soft); font-variant-numeric: tabular-nums; }
.bgp .act { font-size: 11px; fill: var(--soft); }
.bgp .act-number { font-weight: 650; fill: var(--ink); }
.bgp .grid { stroke: var(--grid); }
.bgp .axis { stroke: var(--line); }
.bgp .band { fill: var(--band); }
.bgp .blue { fill: var(--blue); }
.bgp .green { fill: var(--green); }
.bgp .none { fill: var(--none); }
.bgp .red { fill: var(--red); }
.bgp .plain { fill: var(--line); }
.bgp .flag { font-size: 11.5px; fill: var(--ink); }
.bgp .pole { stroke: var(--ink); stroke-opacity: 0.45; stroke-dasharray: 2 3; }
.bgp .failures { font-size: 11.5px; font-weight: 650; fill: var(--red); paint-order: stroke; stroke: var(--ground);
  stroke-width: 3px; stroke-linejoin: round; }
`;
