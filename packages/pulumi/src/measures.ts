/** Checks that measure. All of them may be gates; all but `window` may look at the live color after the switch, too. */
export type Measure = LatencyGate | ErrorRateGate | PrometheusGate | DependencyGate | WindowGate;

/**
 * Synthetic load on one color, open loop: each request is due at its time, whether or not others have been answered.
 * At most 200,000 requests a look.
 */
export interface SoakSettings {
  /** @default "/" */
  readonly path?: string | undefined;
  /** Requests a second, up to 500. @default 20 */
  readonly rate?: number | undefined;
  /** @default "10s" */
  readonly for?: string | undefined;
  /** Deadline of one request. @default "5s" */
  readonly timeout?: string | undefined;
}

export interface LatencyGate extends SoakSettings {
  readonly kind: "latency";
  /** The slowest that a percentile may be, by nearest rank. An error counts as endless. At least one threshold is needed. */
  readonly p50?: string | undefined;
  readonly p95?: string | undefined;
  readonly p99?: string | undefined;
  /** How much slower than the other color, which gets the same load at the same time: "20%". Nothing on a first deployment. */
  readonly p50Within?: string | undefined;
  readonly p95Within?: string | undefined;
  readonly p99Within?: string | undefined;
  /** A difference this small passes, whatever share of the other color's latency it is. @default "5ms" */
  readonly slack?: string | undefined;
}

export interface ErrorRateGate extends SoakSettings {
  readonly kind: "errorRate";
  /** The share of requests that must not be reached by those with a status of 500 and above, or without an answer. */
  readonly below: string;
}

export interface PrometheusGate {
  readonly kind: "prometheus";
  /** Of the server, as it is reached from where Pulumi runs; `/api/v1/query` is added. */
  readonly url: string;
  /** PromQL with one number as its result; `{color}` and `{release}` are filled in. No number is no pass. */
  readonly query: string;
  readonly below?: number | undefined;
  readonly above?: number | undefined;
  /** How much above the other color's number it may be: "20%". Nothing on a first deployment. */
  readonly tolerance?: string | undefined;
  /** Variable of the deployer's environment that holds a bearer token. */
  readonly tokenFrom?: string | undefined;
  /** @default "10s" */
  readonly timeout?: string | undefined;
}

export interface DependencyGate {
  readonly kind: "dependency";
  /** Every container of this service is asked; it needs a shell and one of nc, socat, node, python3, bash. */
  readonly service: string;
  /** `postgres` logs in and selects, `redis` logs in and pings, `tcp` connects. */
  readonly type: "postgres" | "redis" | "tcp";
  /** Variable of the container's own environment with the URL, or `host:port`. Its value is never shown or stored. */
  readonly from: string;
  /** @default "5s" */
  readonly timeout?: string | undefined;
}

export interface WindowGate {
  readonly kind: "window";
  /** "09:00"; a `to` before `from` is on the day after. */
  readonly from: string;
  readonly to: string;
  /** On which it opens. @default all */
  readonly days?: readonly ("sun" | "mon" | "tue" | "wed" | "thu" | "fri" | "sat")[] | undefined;
  /** Days on which it stays shut: "2026-12-24". */
  readonly except?: readonly string[] | undefined;
  /** @default "UTC" */
  readonly timeZone?: string | undefined;
}

/** Latency under synthetic load. @example latency({ path: "/search", rate: 50, for: "30s", p95Within: "20%" }) */
export function latency(settings: Omit<LatencyGate, "kind">): LatencyGate {
  return { kind: "latency", ...settings };
}

/** Failures under synthetic load. @example errorRate({ path: "/", rate: 50, for: "20s", below: "0.5%" }) */
export function errorRate(settings: Omit<ErrorRateGate, "kind">): ErrorRateGate {
  return { kind: "errorRate", ...settings };
}

/** A Prometheus query. @example prometheus({ url, query: 'sum(rate(errors{color="{color}"}[5m]))', below: 0.5 }) */
export function prometheus(settings: Omit<PrometheusGate, "kind">): PrometheusGate {
  return { kind: "prometheus", ...settings };
}

/** What the candidate depends on. @example dependency({ service: "web", type: "postgres", from: "DATABASE_URL" }) */
export function dependency(settings: Omit<DependencyGate, "kind">): DependencyGate {
  return { kind: "dependency", ...settings };
}

/** Switches at these times only. @example window({ from: "09:00", to: "17:00", days: ["mon", "tue", "wed", "thu"] }) */
export function window(settings: Omit<WindowGate, "kind">): WindowGate {
  return { kind: "window", ...settings };
}
