import { type Duration, fraction, milliseconds, type Percent } from "@bluegreen/core";
import type * as pulumi from "@pulumi/pulumi";
import type { Finding, KnownCheck, Subject } from "../contracts/check.ts";
import { bounds, tooLong } from "../io/bounds.ts";
import { request } from "../io/http-request.ts";
import { reasonOf } from "../io/reason.ts";
import { kind } from "./parts/kind.ts";
import type { Waits } from "./parts/waits.ts";

export interface PrometheusCheck extends Waits {
  readonly kind: "prometheus";
  /** Of the server, as seen from where Pulumi runs; without a user or a password. */
  readonly url: string;
  /** PromQL that gives one number; `{color}` and `{release}` are filled in. */
  readonly query: string;
  readonly below?: number | undefined;
  readonly above?: number | undefined;
  /** By how much more than the live color's number it may be, such as `"10%"`. */
  readonly tolerance?: Percent | undefined;
  /** Variable of the deployer's environment that holds a bearer token. */
  readonly tokenFrom?: string | undefined;
  /** Sent with each question, such as `{ authorization: config.requireSecret("prometheus") }`; may be secret. */
  readonly headers?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
  /** @default "10s" */
  readonly timeout?: Duration | undefined;
}

/** One number of a Prometheus query. @example prometheus({ url, query: 'sum(errors{color="{color}"})', below: 1 }) */
export const prometheus = kind<PrometheusCheck>("prometheus", checkPrometheus);

/** What is asked about: one of the colors. */
type Asked = Pick<Subject, "color" | "release">;

type Prometheus = KnownCheck & { readonly kind: "prometheus" };

/** One number of a query, against thresholds or against the live color's. */
export async function checkPrometheus(check: Prometheus, subject: Subject): Promise<Finding> {
  try {
    const value = await ask(check, subject);
    const { baseline } = subject;
    const base = check.tolerance !== undefined && baseline ? await ask(check, baseline) : null;
    return judge(check, value, base, baseline);
  } catch (error) {
    return { result: "inconclusive", detail: `${new URL(check.url).host} can't tell: ${reasonOf(error)}` };
  }
}

function judge(check: Prometheus, value: number, base: number | null, other: Asked | null): Finding {
  const { below, above, tolerance } = check;
  const demands: [boolean, string][] = [];
  if (below !== undefined) demands.push([value < below, `below ${below}`]);
  if (above !== undefined) demands.push([value > above, `above ${above}`]);
  if (tolerance !== undefined && base === null) demands.push([true, "no other color to compare it with"]);
  if (tolerance !== undefined && base !== null) {
    const most = base + Math.abs(base) * fraction(tolerance);
    demands.push([value <= most, `at most ${tolerance} above ${other?.color}'s ${base}`]);
  }
  const detail = `the query gives ${value} (${demands.map(([, text]) => text).join(", ")})`;
  return { result: demands.every(([met]) => met) ? "passed" : "failed", detail };
}

interface QueryAnswer {
  readonly status: "success" | "error";
  readonly error?: string;
  readonly data?: { readonly resultType: string; readonly result: unknown };
}

/** The query's one number. @throws when there is none, or more than one */
async function ask({ url, query, tokenFrom, headers, timeout }: Prometheus, asked: Asked): Promise<number> {
  const token = tokenFrom === undefined ? undefined : process.env[tokenFrom];
  if (tokenFrom !== undefined && !token) throw new Error(`${tokenFrom} is not set in the deployer's environment`);
  const filled = query.replaceAll("{color}", asked.color).replaceAll("{release}", asked.release);
  const { protocol, hostname, port, pathname, search } = new URL(url);
  const isTls = protocol === "https:";
  const answer = await request({
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || (isTls ? 443 : 80)),
    path: `${pathname.replace(/\/$/, "")}/api/v1/query${search}`,
    method: "POST",
    body: String(new URLSearchParams({ query: filled })),
    headers: { "content-type": form, ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
    timeoutMs: milliseconds(timeout),
    ...(isTls ? { tls: {} } : {}),
  });
  if (answer.cut) throw tooLong("its answer", bounds.answer);
  const body = parse(answer.body);
  if (body?.status !== "success") throw new Error(body?.error ?? `it answered with ${answer.status}`);
  return oneNumber(body.data, filled);
}

const form = "application/x-www-form-urlencoded";

function parse(text: string): QueryAnswer | null {
  try {
    return JSON.parse(text) as QueryAnswer | null;
  } catch {
    return null;
  }
}

function oneNumber(data: QueryAnswer["data"], query: string): number {
  if (data?.resultType === "scalar") return finite((data.result as [number, string])[1], query);
  if (data?.resultType !== "vector") throw new Error(`the query gives a ${data?.resultType}, not one number: ${query}`);
  const series = data.result as { value: [number, string] }[];
  const [first] = series;
  if (!first || series.length > 1) throw new Error(`the query gives ${series.length} series, not one: ${query}`);
  return finite(first.value[1], query);
}

function finite(text: string, query: string): number {
  const value = Number(text);
  if (!Number.isFinite(value)) throw new Error(`the query gives ${text}: ${query}`);
  return value;
}
