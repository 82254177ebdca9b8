import * as z from "zod";
import { duration, kubernetesName, leaf, path, port, serviceName, webUrl } from "./leaves.ts";

const docker = z.strictObject({
  kind: z.literal("docker"),
  host: leaf.optional(),
  remote: z.boolean().optional(),
  networks: z.array(leaf).default([]),
});

const kubernetes = z.strictObject({
  kind: z.literal("kubernetes"),
  namespace: kubernetesName.default("default"),
  createNamespace: z.boolean().default(false),
  kubeconfig: leaf.optional(),
  context: z.string().optional(),
  startWithin: duration.default("10m"),
});

export const platform = z.discriminatedUnion("kind", [docker, kubernetes]);

const caddy = z.strictObject({
  kind: z.literal("caddy"),
  expose: serviceName,
  port,
  colorPorts: z.strictObject({ blue: port, green: port }).optional(),
  bind: z.union([z.ipv4(), z.ipv6()]).default("0.0.0.0"),
  image: leaf.optional(),
});

const words = z.record(z.string().min(1), leaf);

/** As a port of a container is named. */
const portName = z
  .string()
  .regex(/^(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$/, "must be the name of a port: 1 to 15 of a-z, 0-9 and -");

const stableService = {
  expose: serviceName,
  name: kubernetesName.optional(),
  ports: z
    .array(
      z.strictObject({
        name: kubernetesName.default("http"),
        port,
        targetPort: z.union([port, portName]).optional(),
        nodePort: port.optional(),
        protocol: z.enum(["TCP", "UDP", "SCTP"]).default("TCP"),
      }),
    )
    .min(1)
    .optional(),
  type: z.enum(["ClusterIP", "NodePort", "LoadBalancer"]).default("ClusterIP"),
  annotations: words.default({}),
  url: webUrl.optional(),
  adopt: z.boolean().default(false),
};

const service = z.strictObject({ kind: z.literal("service"), ...stableService });

const ingress = z.strictObject({
  kind: z.literal("ingress"),
  expose: serviceName,
  name: kubernetesName.optional(),
  host: z.string().min(1).optional(),
  path: path.default("/"),
  pathType: z.enum(["Prefix", "Exact", "ImplementationSpecific"]).default("Prefix"),
  className: z.string().min(1).optional(),
  tlsSecret: z.string().min(1).optional(),
  annotations: words.default({}),
  switches: z.enum(["service", "ingress"]).default("service"),
  followWithin: duration.default("5s"),
  url: webUrl.optional(),
});

const none = z.strictObject({
  kind: z.literal("none"),
  exclusive: z.union([z.boolean(), z.array(serviceName).min(1)]).default(false),
  /** The service that `http` gates ask; empty for none. */
  expose: serviceName.default(""),
  startWithin: duration.default("60s"),
});

const front = z.discriminatedUnion("kind", [caddy, service, ingress]);
export const router = z.discriminatedUnion("kind", [caddy, service, ingress, none]);
export const routers = z.array(front).min(1).max(20);

export type PlatformSettings = z.output<typeof platform>;
export type DockerSettings = z.output<typeof docker>;
export type KubernetesSettings = z.output<typeof kubernetes>;
export type RouterSettings = z.output<typeof router>;
export type CaddySettings = z.output<typeof caddy>;
export type ServiceRouterSettings = z.output<typeof service>;
export type NoRouterSettings = z.output<typeof none>;
export type IngressRouterSettings = z.output<typeof ingress>;
