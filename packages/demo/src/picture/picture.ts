import { count } from "@bluegreen/testkit/count";
import type { PictureInput } from "./act.ts";
import { placeFlags } from "./flags.ts";
import { clockTime, ticksTo, timeTicks } from "./scale.ts";
import { type Bin, binsOf, failureSpans } from "./series.ts";
import { pictureStyle } from "./style.ts";
import { escapeText, shorten, textWidth, wrap } from "./text.ts";

/** Width of the picture in px of its own; it scales to the page. A README is about as wide. */
const width = 960;
const left = 60;
const right = width - 28;
const plotHeight = 230;
const laneHeight = 17;
/** A single failed request is at least so high. */
const leastFailure = 4;

/** Where things are: seconds since the start to px, requests per second to px. */
interface Layout {
  readonly x: (seconds: number) => number;
  readonly y: (rate: number) => number;
  readonly top: number;
  readonly bottom: number;
  readonly height: number;
}

/**
 * Requests per second by color over time, failures on top, events as flags: one SVG without scripts, fonts or
 * anything else from outside. The same input gives the same text.
 */
export function renderPicture(input: PictureInput): string {
  const { report, acts } = input;
  const length = Math.max(1, (report.endedAt - report.startedAt) / 1000);
  const bins = binsOf(report.seconds, length, 400);
  const seconds = (at: number) => Math.min(length, Math.max(0, (at - report.startedAt) / 1000));
  const x = (at: number) => left + (at / length) * (right - left);
  const flags = placed(input, (at) => x(seconds(at)));
  const lanes = Math.max(0, ...flags.map(({ lane }) => lane + 1));
  const top = 104 + lanes * laneHeight + 10;
  const bottom = top + plotHeight;
  const ticks = ticksTo(Math.max(...bins.map(stackOf), 1) * 1.08, 4);
  const layout: Layout = {
    x,
    y: (rate) => bottom - (rate / ticks.at(-1)!) * plotHeight,
    top,
    bottom,
    height: bottom + (acts.some(timed) ? 92 : 44),
  };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="bgp" viewBox="0 0 ${width} ${layout.height}" width="${width}" height="${layout.height}" role="img" aria-labelledby="bgp-title bgp-desc">`,
    `<title id="bgp-title">${escapeText(input.title)}</title>`,
    `<desc id="bgp-desc">${escapeText(description(input))}</desc>`,
    `<style>${pictureStyle}</style>`,
    `<rect class="card" x="0.5" y="0.5" width="${width - 1}" height="${layout.height - 1}" rx="10"/>`,
    `<text class="title" x="24" y="38">${escapeText(shorten(input.title, 80))}</text>`,
    `<text class="subtitle" x="24" y="59">${escapeText(shorten(input.subtitle, 140))}</text>`,
    ...legend(input),
    ...actBands(acts, layout, seconds),
    ...axes(layout, ticks, length),
    ...areas(bins, layout),
    ...flags.map((flag) => flagShape(flag, layout)),
    ...failureShapes(bins, layout),
    "</svg>",
    "",
  ].join("\n");
}

function stackOf({ blue, green, none, failed }: Bin): number {
  return blue + green + none + failed;
}

/** What somebody who cannot see the picture is told. */
function description({ report, events }: PictureInput): string {
  const { blue, green } = totals(report.seconds);
  const when = events.map(({ at, label }) => `${label} at ${clockTime(Math.round((at - report.startedAt) / 1000))}`);
  return [
    `${count(report.sent)} requests sent, ${count(report.failed)} failed.`,
    `Blue answered ${count(blue)}, green ${count(green)}.`,
    when.length > 0 ? `Events: ${when.join(", ")}.` : "",
  ].join(" ");
}

function totals(seconds: PictureInput["report"]["seconds"]) {
  const sum = { blue: 0, green: 0, none: 0 };
  for (const { blue, green, none } of seconds) {
    sum.blue += blue;
    sum.green += green;
    sum.none += none;
  }
  return sum;
}

function legend({ report }: PictureInput): string[] {
  const { blue, green, none } = totals(report.seconds);
  const entries = [
    ["blue", `blue answered ${count(blue)}`],
    ["green", `green answered ${count(green)}`],
    ...(none > 0 ? [["none", `answered without a color ${count(none)}`]] : []),
    ["red", `failed ${count(report.failed)}`],
  ] as const;
  let at = 24;
  return entries.map(([tone, text]) => {
    const entry = `<rect class="${tone}" x="${at}" y="76" width="11" height="11" rx="3"/><text class="legend" x="${at + 17}" y="86">${text}</text>`;
    at += Math.ceil(17 + textWidth(text!, 12) + 18);
    return entry;
  });
}

interface PlacedEvent {
  readonly x: number;
  readonly label: string;
  readonly tone: string;
  readonly lane: number;
  readonly side: "left" | "right";
}

function placed({ events }: PictureInput, x: (at: number) => number): PlacedEvent[] {
  const sorted = [...events].sort((a, b) => a.at - b.at);
  const flags = sorted.map(({ at, label, tone = "plain" }) => {
    const text = shorten(label, 40);
    return { x: x(at), label: text, tone, width: textWidth(text, 11.5) + 7 };
  });
  const places = placeFlags(flags, 16, right + 12);
  return flags.map((flag, i) => ({ ...flag, ...places[i]! }));
}

function flagShape({ x, label, tone, lane, side }: PlacedEvent, { top, bottom }: Layout): string {
  const y = top - 10 - lane * laneHeight;
  const [anchor, textX] = side === "right" ? ["start", x + 7] : ["end", x - 7];
  return `<g class="event"><line class="pole" x1="${px(x)}" x2="${px(x)}" y1="${y}" y2="${bottom}"/><circle class="${tone}" cx="${px(x)}" cy="${y - 3}" r="3.5"/><text class="flag" x="${px(textX)}" y="${y + 1}" text-anchor="${anchor}">${escapeText(label)}</text></g>`;
}

function timed(act: PictureInput["acts"][number]): boolean {
  return act.from !== undefined && act.to !== undefined;
}

/** Every second act lies on a shade; below the axis stand their numbers, and names where they fit. */
function actBands(acts: PictureInput["acts"], layout: Layout, seconds: (at: number) => number): string[] {
  return acts.flatMap((act, i) => {
    if (act.from === undefined || act.to === undefined) return [];
    const from = layout.x(seconds(act.from));
    const room = layout.x(seconds(act.to)) - from;
    const middle = px(from + room / 2);
    const y = layout.bottom + 42;
    const name = wrap(act.name, 11, room, 2).map((line) => `<tspan x="${middle}" dy="14">${escapeText(line)}</tspan>`);
    const shade = `<rect class="band" x="${px(from)}" y="${layout.top}" width="${px(Math.max(0, room))}" height="${layout.height - layout.top - 14}" rx="4"/>`;
    const label = `<text class="act" x="${middle}" y="${y}" text-anchor="middle"><tspan class="act-number">${i + 1}</tspan>${name.join("")}</text>`;
    return i % 2 === 0 ? [shade, label] : [label];
  });
}

function axes({ x, y, top, bottom }: Layout, ticks: readonly number[], length: number): string[] {
  const rates = ticks.map((rate) => {
    const at = px(y(rate));
    return `<line class="grid" x1="${left}" x2="${right}" y1="${at}" y2="${at}"/><text class="tick" x="${left - 8}" y="${px(y(rate) + 4)}" text-anchor="end">${count(rate)}</text>`;
  });
  const middle = (top + bottom) / 2;
  const times = timeTicks(length, 14).map((at) => {
    return `<line class="axis" x1="${px(x(at))}" x2="${px(x(at))}" y1="${bottom}" y2="${bottom + 4}"/><text class="tick" x="${px(x(at))}" y="${bottom + 18}" text-anchor="middle">${clockTime(at)}</text>`;
  });
  return [
    ...rates,
    `<text class="tick" transform="translate(18 ${middle}) rotate(-90)" text-anchor="middle">requests per second</text>`,
    ...times,
    `<text class="tick" x="${left - 20}" y="${bottom + 18}" text-anchor="end">min:s</text>`,
  ];
}

/** Stacked steps, blue at the bottom. */
function areas(bins: readonly Bin[], { x, y, bottom }: Layout): string[] {
  const layers = [
    ["blue", () => 0, (bin: Bin) => bin.blue],
    ["green", (bin: Bin) => bin.blue, (bin: Bin) => bin.blue + bin.green],
    ["none", (bin: Bin) => bin.blue + bin.green, (bin: Bin) => bin.blue + bin.green + bin.none],
  ] as const;
  const shapes = layers.map(([tone, low, high]) => {
    const steps = bins
      .filter((bin) => high(bin) > low(bin))
      .map((bin) => `M${px(x(bin.from))} ${px(y(low(bin)))}V${px(y(high(bin)))}H${px(x(bin.to))}V${px(y(low(bin)))}Z`);
    return steps.length > 0 ? `<path class="${tone}" shape-rendering="crispEdges" d="${steps.join("")}"/>` : "";
  });
  return [
    ...shapes.filter((shape) => shape !== ""),
    `<line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>`,
  ];
}

/** Failures last, so that nothing covers them; even one is seen, and counted in words. */
function failureShapes(bins: readonly Bin[], { x, y, top }: Layout): string[] {
  const bars = bins
    .filter(({ failures }) => failures > 0)
    .map((bin) => {
      const base = y(stackOf(bin) - bin.failed);
      const height = Math.max(leastFailure, base - y(stackOf(bin)));
      const wide = Math.max(3, x(bin.to) - x(bin.from));
      return `<rect class="red failure" x="${px(x(bin.from))}" y="${px(base - height)}" width="${px(wide)}" height="${px(height)}"/>`;
    });
  const near = (80 / (right - left)) * (bins.at(-1)?.to ?? 1);
  const words = failureSpans(bins, near).map(({ from, to, failures }) => {
    const covered = bins.filter((bin) => bin.from < to && bin.to > from);
    const high = y(Math.max(...covered.map(stackOf)));
    const at = Math.min(right - 40, Math.max(left + 40, x((from + to) / 2)));
    return `<text class="failures" x="${px(at)}" y="${px(Math.max(top + 10, high - leastFailure - 6))}" text-anchor="middle">${count(failures)} failed</text>`;
  });
  return [...bars, ...words];
}

function px(value: number): string {
  return String(Math.round(value * 100) / 100);
}
