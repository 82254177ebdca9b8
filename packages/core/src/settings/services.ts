import * as z from "zod";
import { environment, envName, hostHeader, leaf, path, port, serviceName, size, version } from "./leaves.ts";
import { migrations } from "./migrations.ts";

const volume = z.strictObject({
  /** One volume for both colors instead of one each. */
  shared: z.boolean().default(false),
  readOnly: z.boolean().default(false),
});

const amount = z.strictObject({ memory: size.optional(), cpus: z.number().positive().optional() });
const replicas = z.int().min(1).max(100);

const readiness = z.strictObject({
  path,
  port: port.optional(),
  host: hostHeader.optional(),
  scheme: z.enum(["http", "https"]).optional(),
});

export const service = z.strictObject({
  port: port.optional(),
  ready: z.union([path, readiness]).optional(),
  replicas: replicas.default(1),
  command: z.array(leaf).optional(),
  entrypoint: z.array(leaf).optional(),
  env: environment.default({}),
  envFiles: z.array(z.string()).default([]),
  secrets: environment.default({}),
  requiredEnv: z.array(envName).default([]),
  volumes: z.record(path, volume).default({}),
  resources: amount.default({}),
  user: z.string().optional(),
  kubernetes: z
    .strictObject({
      requests: amount.optional(),
      alive: path.optional(),
      autoscale: z
        .strictObject({ min: replicas, max: replicas, cpu: z.int().min(1).max(1_000).default(80) })
        .refine(({ min, max }) => min <= max, "must have a min of at most its max")
        .optional(),
      minAvailable: replicas.optional(),
      spread: z.string().min(1).optional(),
      stopGrace: z.int().min(0).max(3_600).default(30),
    })
    .optional(),
});

export const release = z.strictObject({
  version,
  images: z.record(serviceName, leaf),
  migrations: migrations.optional(),
});

export type ServiceSettings = z.output<typeof service>;
