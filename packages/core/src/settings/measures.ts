import * as z from "zod";
import { milliseconds } from "../duration.ts";
import { fraction } from "../percent.ts";
import { weekdays } from "../weekday.ts";
import { duration, envName, headerName, leaf, path, percent, serviceName, webUrl } from "./leaves.ts";

/** Synthetic load on a color, open loop: requests are sent at their time, whether or not others have been answered. */
const soak = {
  path: path.default("/"),
  /** Requests a second. */
  rate: z.int().min(1).max(500).default(20),
  for: duration.default("10s"),
  timeout: duration.default("5s"),
};

/** Requests of one look at most: it keeps a latency for each. */
const soakLimit = 200_000;

interface Soak {
  readonly rate: number;
  readonly for: string;
}

function requestsOf({ rate, for: span }: Soak): number {
  return Math.floor((rate * milliseconds(span)) / 1_000);
}

function isBounded(soak: Soak): boolean {
  return requestsOf(soak) <= soakLimit;
}

/** Said only of settings whose every field is well-formed: others could not be reckoned with. */
function whole(error: string) {
  return { error, when: ({ issues }: { issues: readonly unknown[] }) => issues.length === 0 };
}

const tooMany = `must send at most ${soakLimit} requests; lower its rate or its for`;

/** So many requests have to be sent before one of them can lie above the percentile. */
const percentiles = { p50: 2, p95: 20, p99: 100 } as const;
type Percentile = keyof typeof percentiles;

const names = Object.keys(percentiles) as Percentile[];

export const latencyCheck = z
  .strictObject({
    kind: z.literal("latency"),
    ...soak,
    p50: duration.optional(),
    p95: duration.optional(),
    p99: duration.optional(),
    /** How much slower than the live color it may be, measured in the same look. */
    p50Within: percent.optional(),
    p95Within: percent.optional(),
    p99Within: percent.optional(),
    /** A difference this small is noise, whatever share of the live color's latency it is. */
    slack: duration.default("5ms"),
  })
  .refine(isBounded, whole(tooMany))
  .refine(
    (check) => names.some((name) => limits(check, name)),
    whole("must have a threshold, such as p95 or p95Within"),
  )
  .refine(
    (check) => names.every((name) => !limits(check, name) || requestsOf(check) >= percentiles[name]),
    whole("must send more requests: p50 needs 2, p95 needs 20, p99 needs 100"),
  );

function limits(check: Readonly<Record<string, unknown>>, name: Percentile): boolean {
  return check[name] !== undefined || check[`${name}Within`] !== undefined;
}

export const errorRateCheck = z
  .strictObject({ kind: z.literal("errorRate"), ...soak, below: percent })
  .refine(isBounded, whole(tooMany))
  .refine(
    ({ below }) => fraction(below) > 0 && fraction(below) <= 1,
    whole("must have a below of more than 0% and at most 100%"),
  )
  .refine(
    ({ below, ...soak }) => requestsOf(soak) * fraction(below) >= 1,
    whole(
      "must send more requests: one failed one would be above the threshold already, and few that pass prove little",
    ),
  );

export const prometheusCheck = z
  .strictObject({
    kind: z.literal("prometheus"),
    /** Asked from where Pulumi runs. */
    url: webUrl,
    /** PromQL with one number as its result; `{color}` and `{release}` are filled in. */
    query: z.string().min(1),
    below: z.number().optional(),
    above: z.number().optional(),
    /** By how much more than the live color's number it may be. */
    tolerance: percent.optional(),
    /** Variable of the deployer's environment that holds a bearer token. */
    tokenFrom: envName.optional(),
    /** Sent with each question; may be secret. */
    headers: z.record(headerName, leaf).default({}),
    timeout: duration.default("10s"),
  })
  .refine(
    ({ below, above, tolerance }) => below !== undefined || above !== undefined || tolerance !== undefined,
    whole("must have a threshold: below, above or tolerance"),
  )
  .refine(
    ({ tokenFrom, headers }) =>
      tokenFrom === undefined || !Object.keys(headers).some((name) => name.toLowerCase() === "authorization"),
    whole("must have one login: tokenFrom, or an authorization among its headers"),
  )
  .refine(
    ({ tolerance, query }) => tolerance === undefined || query.includes("{color}") || query.includes("{release}"),
    whole("must have {color} or {release} in its query, or both colors would be the same number"),
  );

export const dependencyCheck = z.strictObject({
  kind: z.literal("dependency"),
  service: serviceName,
  type: z.enum(["postgres", "redis", "tcp"]),
  /** Variable of the candidate's own environment that names what it depends on. */
  from: envName,
  timeout: duration.default("5s"),
});

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'must be a time of the day such as "09:00"');

export const windowCheck = z
  .strictObject({
    kind: z.literal("window"),
    from: time,
    to: time,
    days: z
      .array(z.enum(weekdays))
      .min(1)
      .default([...weekdays]),
    /** Days on which it stays shut. */
    except: z.array(z.iso.date('must be a day such as "2026-12-24"')).default([]),
    timeZone: z.string().refine(isTimeZone, 'must be a time zone such as "Europe/Berlin"').default("UTC"),
  })
  .refine(({ from, to }) => from !== to, whole("must have a to that differs from its from"));

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export type LatencyCheckSettings = z.output<typeof latencyCheck>;
export type ErrorRateCheckSettings = z.output<typeof errorRateCheck>;
export type PrometheusCheckSettings = z.output<typeof prometheusCheck>;
export type DependencyCheckSettings = z.output<typeof dependencyCheck>;
export type WindowCheckSettings = z.output<typeof windowCheck>;
