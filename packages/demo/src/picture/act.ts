import type { Answerer, LoadReport } from "@bluegreen/testkit/load/report";

/** One act of the demo, as its table and its picture show it. */
export interface Act {
  readonly name: string;
  /** Requests sent during the act. */
  readonly sent: number;
  readonly failed: number;
  /** Requests by who answered. */
  readonly byColor: Record<Answerer, number>;
  /** Duration of the router's write that moved the traffic, in ms; absent if it did not move. */
  readonly switchMs?: number;
  /** The active color that Pulumi's state records. */
  readonly state: string;
  /** The active color that the router names. */
  readonly router: string;
  /** Exit code of the command. */
  readonly exit: number;
  /** The outcome in a few words. */
  readonly note: string;
  /** When the act began and ended, in ms since 1970; the picture shades acts that have both. */
  readonly from?: number;
  readonly to?: number;
}

/** A moment worth a line in the picture. */
export interface PictureEvent {
  /** In ms since 1970. */
  readonly at: number;
  /** A few words; cut after 40 characters. */
  readonly label: string;
  /** Colors the dot of the line. @default "plain" */
  readonly tone?: "plain" | "blue" | "green" | "red";
}

export interface PictureInput {
  readonly title: string;
  readonly subtitle: string;
  readonly report: Pick<LoadReport, "startedAt" | "endedAt" | "sent" | "failed" | "seconds">;
  readonly events: readonly PictureEvent[];
  readonly acts: readonly Act[];
}

/** `4.2 ms`, `120 ms`, `1.8 s`. */
export function milliseconds(value: number | undefined): string {
  if (value === undefined) return "–";
  if (value >= 1000) return `${(value / 1000).toFixed(1)} s`;
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

/** Who answered: `blue`, or `blue 62% green 38%`. Never rounds a few requests away, nor up to all of them. */
export function answeredBy(byColor: Record<Answerer, number>): string {
  const total = byColor.blue + byColor.green + byColor.none;
  const present = (["blue", "green", "none"] as const).filter((color) => byColor[color] > 0);
  const name = (color: Answerer) => (color === "none" ? "nobody" : color);
  if (present.length === 0) return "–";
  if (present.length === 1) return name(present[0]!);
  const share = (part: number) => {
    const percent = (100 * part) / total;
    if (percent < 1) return "<1%";
    return percent > 99 ? ">99%" : `${Math.round(percent)}%`;
  };
  return present.map((color) => `${name(color)} ${share(byColor[color])}`).join(" ");
}
