import { milliseconds } from "@bluegreen/core";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import type * as pulumi from "@pulumi/pulumi";
import { exposedPort } from "../labels.ts";
import type { ColorParts } from "./environment.ts";
import { labelsOf, nameOf, podsOf } from "./metadata.ts";

/** By which a color's services are reached: from outside as the candidate, and by each other. */
export interface Candidates {
  readonly services: Readonly<Record<string, Service>>;
  readonly aliases: readonly { readonly ip: pulumi.Output<string>; readonly hostnames: string[] }[];
  readonly startWithinSeconds: number;
}

/**
 * One Service a color and service that listens. Its address never changes, and each pod of the color knows it as `web`
 * and `web.blue` from its hosts file: DNS could not tell two colors in one namespace apart by the same short name, and
 * this way a color can never find the other one's services by mistake.
 */
export function declareCandidates(parts: ColorParts): Candidates {
  const { ground, color, settings, rendered, transformed, child } = parts;
  const shapes = Object.entries(rendered.shape?.services ?? {});
  const services = Object.fromEntries(
    shapes.flatMap(([service, { port }]) => {
      if (port === null) return [];
      const selector = podsOf(ground, color, service);
      const metadata = {
        name: nameOf(ground, color, service),
        namespace: ground.namespace,
        labels: labelsOf(ground, "candidate", { color, service }),
        // That it has no ready pod yet is for gates and cutover to judge.
        annotations: { "pulumi.com/skipAwait": "true" },
      };
      const args = { metadata, spec: { selector, ports: [{ name: "http", port, targetPort: exposedPort }] } };
      const place = { kind: "Service", color, service } as const;
      return [[service, new Service(`${ground.name}-${color}-${service}-candidate`, transformed(place, args), child)]];
    }),
  );
  const aliases = Object.entries(services).map(([service, declared]) => ({
    ip: declared.spec.clusterIP,
    hostnames: [service, `${service}.${color}`],
  }));
  const platform = settings.platform.kind === "kubernetes" ? settings.platform.startWithin : "10m";
  return { services, aliases, startWithinSeconds: Math.ceil(milliseconds(platform) / 1_000) };
}
