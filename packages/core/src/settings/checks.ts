import * as z from "zod";
import { duration, environment, path, serviceName } from "./leaves.ts";
import { looksOnce, waits } from "./patience.ts";

export const httpCheck = z.strictObject({
  kind: z.literal("http"),
  service: serviceName.optional(),
  path,
  status: z.int().min(100).max(599).default(200),
  ...waits,
  timeout: duration.default("5s"),
});

export const commandCheck = z.strictObject({
  kind: z.literal("command"),
  run: z.string().min(1),
  ...looksOnce,
  timeout: duration.default("60s"),
  env: environment.default({}),
});

export const jobCheck = z.strictObject({
  kind: z.literal("job"),
  image: z.string().min(1),
  command: z.array(z.string()).min(1),
  ...looksOnce,
  timeout: duration.default("60s"),
  env: environment.default({}),
});

/** Gates and verification take the same checks. */
export const check = z.discriminatedUnion("kind", [httpCheck, commandCheck, jobCheck]);

export const verification = z
  .strictObject({
    checks: z.array(check).default([]),
    answers: z.int().min(1).max(1_000).default(5),
    bake: duration.default("10s"),
    interval: duration.default("1s"),
    failureLimit: z.int().min(1).max(1_000).default(1),
  })
  .prefault({});

export type CheckSettings = z.output<typeof check>;
export type HttpCheckSettings = z.output<typeof httpCheck>;
export type CommandCheckSettings = z.output<typeof commandCheck>;
export type JobCheckSettings = z.output<typeof jobCheck>;
export type VerificationSettings = z.output<typeof verification>;
