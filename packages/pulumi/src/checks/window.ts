import { type Weekday, type WindowCheckSettings, weekdays } from "@bluegreen/core";
import type { Finding } from "../contracts/check.ts";
import { kind } from "./parts/kind.ts";
import type { Waits } from "./parts/waits.ts";

export interface WindowCheck extends Waits {
  readonly kind: "window";
  /** Times of the day, such as `"09:00"` and `"17:00"`; a window may go over midnight. */
  readonly from: string;
  readonly to: string;
  /** @default every day */
  readonly days?: readonly ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[] | undefined;
  /** Days on which it stays shut, such as `"2026-12-24"`. */
  readonly except?: readonly string[] | undefined;
  /** @default "UTC" */
  readonly timeZone?: string | undefined;
}

/** Hours outside which nothing is switched; as a gate only. @example window({ from: "09:00", to: "16:00" }) */
export const window = kind<WindowCheck>("window", (check) => checkWindow(check));

/** Whether it is a time at which switches are allowed. */
export async function checkWindow(check: WindowCheckSettings, now = new Date()): Promise<Finding> {
  const { from, to, days, except, timeZone } = check;
  const { day, date, time } = localTime(now, timeZone);
  // A window over midnight belongs to the day on which it opens.
  const overnight = to < from;
  const early = overnight && time < to;
  const opened = early ? localTime(new Date(now.getTime() - dayMs), timeZone) : { day, date };
  const within = overnight ? time >= from || time < to : time >= from && time < to;
  const open = within && days.includes(opened.day) && !except.includes(opened.date);
  const detail = `it is ${day} ${date} ${time} in ${timeZone}; switches are allowed ${describeWindow(check)}`;
  return { result: open ? "passed" : "failed", detail };
}

const dayMs = 86_400_000;

function localTime(now: Date, timeZone: string) {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    hourCycle: "h23",
    weekday: "short",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  });
  const parts = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, value]));
  const day = weekdays.find((name) => parts.weekday?.toLowerCase().startsWith(name)) as Weekday;
  return { day, date: `${parts.year}-${parts.month}-${parts.day}`, time: `${parts.hour}:${parts.minute}` };
}

function describeWindow({ from, to, days, except }: WindowCheckSettings): string {
  const on = days.length === weekdays.length ? "" : ` on ${days.join(", ")}`;
  return `from ${from} to ${to}${on}${except.length > 0 ? `, not on ${except.join(", ")}` : ""}`;
}
