import type * as pulumi from "@pulumi/pulumi";
import type { Waits } from "./parts/waits.ts";

interface Loads extends Waits {
  /** @default "/" */
  readonly path?: string | undefined;
  /** Requests a second, shared by the entrances in turn; at most 500. @default 20 */
  readonly rate?: number | undefined;
  /** How long one look sends them. @default "10s" */
  readonly for?: string | undefined;
  /** Deadline of one request. @default "5s" */
  readonly timeout?: string | undefined;
}

export interface LatencyGate extends Loads {
  readonly kind: "latency";
  /** Most that the percentile may be, such as `"200ms"`. */
  readonly p50?: string | undefined;
  readonly p95?: string | undefined;
  readonly p99?: string | undefined;
  /** By how much more than the live color's it may be, measured at the same time under the same load: `"20%"`. */
  readonly p50Within?: string | undefined;
  readonly p95Within?: string | undefined;
  readonly p99Within?: string | undefined;
  /** A difference this small is noise, whatever share it is. @default "5ms" */
  readonly slack?: string | undefined;
}

/** Latency under synthetic load, open loop. @example latency({ p95Within: "20%", rate: 50, for: "30s" }) */
export function latency(settings: Omit<LatencyGate, "kind">): LatencyGate {
  return { kind: "latency", ...settings };
}

export interface ErrorRateGate extends Loads {
  readonly kind: "errorRate";
  /** Share of requests that may fail (no answer in time, or a status of 500 and above), such as `"0.5%"`. */
  readonly below: string;
}

/** Failed requests under synthetic load. @example errorRate({ below: "0.5%", rate: 50, for: "30s" }) */
export function errorRate(settings: Omit<ErrorRateGate, "kind">): ErrorRateGate {
  return { kind: "errorRate", ...settings };
}

export interface PrometheusGate extends Waits {
  readonly kind: "prometheus";
  /** Of the server, as seen from where Pulumi runs; without a user or a password. */
  readonly url: string;
  /** PromQL that gives one number; `{color}` and `{release}` are filled in. */
  readonly query: string;
  readonly below?: number | undefined;
  readonly above?: number | undefined;
  /** By how much more than the live color's number it may be, such as `"10%"`. */
  readonly tolerance?: string | undefined;
  /** Variable of the deployer's environment that holds a bearer token. */
  readonly tokenFrom?: string | undefined;
  /** Sent with each question, such as `{ authorization: config.requireSecret("prometheus") }`; may be secret. */
  readonly headers?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
  /** @default "10s" */
  readonly timeout?: string | undefined;
}

/** One number of a Prometheus query. @example prometheus({ url, query: 'sum(errors{color="{color}"})', below: 1 }) */
export function prometheus(settings: Omit<PrometheusGate, "kind">): PrometheusGate {
  return { kind: "prometheus", ...settings };
}

export interface DependencyGate extends Waits {
  readonly kind: "dependency";
  /** The service from inside whose containers it is asked. */
  readonly service: string;
  readonly type: "postgres" | "redis" | "tcp";
  /** Variable of the container's own environment that names what it depends on: a URL, or `host:port`. */
  readonly from: string;
  /** @default "5s" */
  readonly timeout?: string | undefined;
}

/** What a service depends on. @example dependency({ service: "web", type: "postgres", from: "DATABASE_URL" }) */
export function dependency(settings: Omit<DependencyGate, "kind">): DependencyGate {
  return { kind: "dependency", ...settings };
}

export interface WindowGate extends Waits {
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
export function window(settings: Omit<WindowGate, "kind">): WindowGate {
  return { kind: "window", ...settings };
}
