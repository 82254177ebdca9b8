import * as z from "zod";
import { sizePattern } from "../size.ts";
import { duration, environment, headerName, hostname, path, percent, port, script, serviceName } from "./leaves.ts";
import { dependencyCheck, errorRateCheck, latencyCheck, prometheusCheck, windowCheck } from "./measures.ts";
import { looksOnce, waits } from "./patience.ts";

/** Whom a check asks. */
const asked = { service: serviceName.optional(), port: port.optional() };
const pattern = z.string().min(1).refine(isPattern, "must be a regular expression");

/** What a program prints, or a server answers. */
const text = { contains: z.string().min(1).optional(), matches: pattern.optional() };

export const httpCheck = z.strictObject({
  kind: z.literal("http"),
  ...asked,
  /** Left out, it is what the release that is asked calls ready. */
  path: path.optional(),
  status: z.int().min(100).max(599).default(200),
  ...text,
  headers: z.record(headerName, z.string()).optional(),
  retries: z.int().min(0).max(10).optional(),
  ...waits,
  timeout: duration.default("5s"),
});

export const tcpCheck = z.strictObject({
  kind: z.literal("tcp"),
  ...asked,
  ...waits,
  timeout: duration.default("5s"),
});

export const grpcCheck = z.strictObject({
  kind: z.literal("grpc"),
  ...asked,
  grpcService: z.string().max(127).default(""),
  ...waits,
  timeout: duration.default("5s"),
});

export const certificateCheck = z.strictObject({
  kind: z.literal("certificate"),
  ...asked,
  validFor: duration.default("336h"),
  hostname: hostname.optional(),
  ...waits,
  timeout: duration.default("5s"),
});

export const commandCheck = z.strictObject({
  kind: z.literal("command"),
  run: script.min(1),
  ...looksOnce,
  timeout: duration.default("60s"),
  env: environment.default({}),
});

export const jobCheck = z.strictObject({
  kind: z.literal("job"),
  image: z.string().min(1),
  command: z.array(script).min(1),
  ...looksOnce,
  timeout: duration.default("60s"),
  env: environment.default({}),
});

/** Of an app without a live address: all of it that may run does. */
export const runningCheck = z.strictObject({
  kind: z.literal("running"),
  healthyFor: duration.default("5s"),
  within: duration.default("60s"),
  interval: duration.default("1s"),
});

/** Whose containers a check looks at. */
const ofService = { service: serviceName.optional() };

export const execCheck = z.strictObject({
  kind: z.literal("exec"),
  ...ofService,
  command: z.array(script).min(1),
  ...text,
  ...looksOnce,
  timeout: duration.default("30s"),
});

export const logsCheck = z
  .strictObject({
    kind: z.literal("logs"),
    ...ofService,
    matches: pattern.optional(),
    never: pattern.optional(),
    since: duration.optional(),
    ...looksOnce,
  })
  .refine(({ matches, never }) => matches !== undefined || never !== undefined, "must have matches or never");

export const restartsCheck = z.strictObject({
  kind: z.literal("restarts"),
  ...ofService,
  atMost: z.int().min(0).max(1_000).default(0),
  since: duration.optional(),
  ...looksOnce,
});

export const cpuCheck = z.strictObject({
  kind: z.literal("cpu"),
  ...ofService,
  below: percent,
  of: z.enum(["processor", "limit"]).default("processor"),
  ...looksOnce,
});

export const memoryCheck = z.strictObject({
  kind: z.literal("memory"),
  ...ofService,
  below: z
    .string()
    .refine(
      (text) => sizePattern.test(text) || percent.safeParse(text).success,
      'must be "400MB" or "80%" of the limit',
    ),
  ...looksOnce,
});

/** Gates and verification take the same checks. */
export const check = z.discriminatedUnion("kind", [
  httpCheck,
  tcpCheck,
  grpcCheck,
  certificateCheck,
  commandCheck,
  jobCheck,
  execCheck,
  logsCheck,
  restartsCheck,
  cpuCheck,
  memoryCheck,
  latencyCheck.safeExtend(looksOnce),
  errorRateCheck.safeExtend(looksOnce),
  prometheusCheck.safeExtend(looksOnce),
  dependencyCheck.safeExtend(looksOnce),
  windowCheck.safeExtend(looksOnce),
  runningCheck,
]);

type AsksPorts = Extract<z.output<typeof check>, { port?: unknown }>;
const portAskers = new Set<unknown>(
  check.options.filter(({ shape }) => "port" in shape).map(({ shape }) => shape.kind.value),
);

/** Whether a check asks the service's own port where it names none. */
export function asksPorts(given: CheckSettings): given is AsksPorts {
  return portAskers.has(given.kind);
}

export const verification = z
  .strictObject({
    checks: z.array(check).default([]),
    answers: z.int().min(1).max(1_000).default(5),
    bake: duration.default("10s"),
    interval: duration.default("1s"),
    failureLimit: z.int().min(1).max(1_000).default(1),
  })
  .prefault({});

/** What a switch back to a release that was verified live has to show. */
export const rollback = z
  .strictObject({
    gates: z.array(check).default([]),
    bake: duration.optional(),
  })
  .prefault({});

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

export type CheckSettings = z.output<typeof check>;
/** Checks as they are given, without their defaults. */
export type GivenCheck = z.input<typeof check>;
export type HttpCheckSettings = z.output<typeof httpCheck>;
export type TcpCheckSettings = z.output<typeof tcpCheck>;
export type GrpcCheckSettings = z.output<typeof grpcCheck>;
export type CertificateCheckSettings = z.output<typeof certificateCheck>;
export type CommandCheckSettings = z.output<typeof commandCheck>;
export type RunningCheckSettings = z.output<typeof runningCheck>;
export type JobCheckSettings = z.output<typeof jobCheck>;
export type ExecCheckSettings = z.output<typeof execCheck>;
export type LogsCheckSettings = z.output<typeof logsCheck>;
export type RestartsCheckSettings = z.output<typeof restartsCheck>;
export type CpuCheckSettings = z.output<typeof cpuCheck>;
export type MemoryCheckSettings = z.output<typeof memoryCheck>;
export type VerificationSettings = z.output<typeof verification>;
