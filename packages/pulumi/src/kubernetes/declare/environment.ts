import {
  type Color,
  hasAddress,
  idleIsStopped,
  isExclusive,
  type ServiceSettings,
  type Settings,
} from "@bluegreen/core";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { HorizontalPodAutoscaler } from "@pulumi/kubernetes/autoscaling/v2/horizontalPodAutoscaler.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import type { core } from "@pulumi/kubernetes/types/input.js";
import * as pulumi from "@pulumi/pulumi";
import { type DeclaredColor, imported, type Rendered } from "../../app/declaration.ts";
import { recordedService } from "../../app/recorded-service.ts";
import type { Workload } from "../../contracts/site.ts";
import type { Interlock } from "../../interlock/resource.ts";
import { labels, releaseLabel } from "../labels.ts";
import { type Candidates, declareCandidates } from "./candidates.ts";
import { type Ground, labelsOf, nameOf, podsOf } from "./metadata.ts";
import { containerPorts } from "./router-ports.ts";
import type { Transformed } from "./transform.ts";

/** What every part of one color is declared with. */
export interface ColorParts {
  readonly ground: Ground;
  readonly color: Color;
  readonly settings: Settings;
  readonly interlock: Interlock;
  readonly rendered: Rendered;
  readonly transformed: Transformed;
  /** Of what belongs to the release: while that is frozen, nothing of it is changed. */
  readonly child: pulumi.CustomResourceOptions;
  /** Of what says how many pods there are, which is no part of a release. */
  readonly scaling: pulumi.CustomResourceOptions;
}

/** One color's recorded release: a Deployment a service, what it reads, and what reaches and scales it. */
export function declareColor(unfrozen: Omit<ColorParts, "scaling">): DeclaredColor {
  const { child, rendered } = unfrozen;
  const parts = { ...unfrozen, child: rendered.frozen ? { ...child, ignoreChanges: ["*"] } : child, scaling: child };
  const candidates = declareCandidates(parts);
  const services = Object.keys(parts.rendered.shape?.services ?? {});
  const declared = services.map((service) => declareService(parts, service, candidates));
  return {
    resources: [...Object.values(candidates.services), ...declared.flatMap((one) => one.resources)],
    workloads: pulumi.all(declared.map((one) => one.workload)),
  };
}

interface DeclaredService {
  readonly resources: readonly pulumi.Resource[];
  readonly workload: pulumi.Output<Workload>;
}

function declareService(parts: ColorParts, service: string, candidates: Candidates): DeclaredService {
  const { settings } = parts;
  const environment = declareEnvironment(parts, service);
  const deployment = declareDeployment(parts, service, candidates, environment);
  const own = settings.services[service]?.kubernetes;
  const scaled = own?.autoscale ? [declareAutoscaler(parts, service, deployment, own.autoscale)] : [];
  const kept = own?.minAvailable === undefined ? [] : [declareBudget(parts, service, own.minAvailable)];
  const { uid, name } = deployment.metadata;
  const workload = pulumi
    .all([uid, name])
    .apply(([id, name]): Workload => ({ id: id ?? "", name: name ?? "", service }));
  return { resources: [...environment.resources, deployment, ...scaled, ...kept], workload };
}

/** What a container's `envFrom` takes, and what has to be there for it. */
interface Environment {
  readonly resources: readonly pulumi.Resource[];
  readonly sources: core.v1.EnvFromSource[];
}

/**
 * The release's environment, in objects that never change: another content is another object, and other pods. One that
 * would be empty is not declared: the plugin can't tell an empty Secret from one that has lost its contents.
 */
function declareEnvironment(parts: ColorParts, service: string): Environment {
  const { ground, color, interlock, rendered, transformed, child } = parts;
  const { name, namespace } = ground;
  const { plain, secret: hidden } = rendered.shape?.services[service]?.variables ?? { plain: false, secret: false };
  const { env: data, secretEnv: stringData } = recordedService(interlock, color, service, rendered.shape);
  const marks = labelsOf(ground, "config", { color, service });
  const place = { color, service };
  // Both are named by the plugin, anew for other contents. A name made from those would be taken when an update fails
  // and the next one goes back to what it had replaced; and the name of a secret would tell about it.
  const resources: pulumi.Resource[] = [];
  const sources: core.v1.EnvFromSource[] = [];
  if (plain) {
    const args = { metadata: { namespace, labels: marks }, data, immutable: true };
    const given = transformed({ kind: "ConfigMap", ...place }, args);
    const part = `${color}-${service}-config`;
    const config = new ConfigMap(`${name}-${part}`, given, imported(child, rendered.imports, part));
    resources.push(config);
    sources.push({ configMapRef: { name: config.metadata.name } });
  }
  if (hidden) {
    const args = { metadata: { namespace, labels: marks }, stringData, immutable: true };
    const given = transformed({ kind: "Secret", ...place }, args);
    const part = `${color}-${service}-secret`;
    const secret = new Secret(`${name}-${part}`, given, imported(child, rendered.imports, part));
    resources.push(secret);
    sources.push({ secretRef: { name: secret.metadata.name } });
  }
  return { resources, sources };
}

function declareDeployment(
  parts: ColorParts,
  service: string,
  candidates: Candidates,
  environment: Environment,
): Deployment {
  const { ground, color, settings, interlock, rendered, child } = parts;
  const version = interlock.versions.apply((versions) => versions[color] ?? "");
  const release = version.apply(releaseLabel);
  const own = settings.services[service]?.kubernetes;
  const [router] = settings.routers;
  const exclusive = hasAddress(router) ? {} : { exclusive: isExclusive(router, service) };
  const marks = labelsOf(ground, "backend", { color, service, release, ...exclusive });
  const selector = pulumi.all([ground.app, release]).apply(
    ([app, release]): Record<string, string> => ({
      [labels.app]: app,
      [labels.color]: color,
      [labels.release]: release,
      [labels.service]: service,
    }),
  );
  const recorded = recordedService(interlock, color, service, rendered.shape).spec;
  // Of these the transform's own come beside the library's.
  const { pod, env = [], envFrom = [], ports = [], ...container } = recorded;
  const spread = own?.spread;
  const shape = rendered.shape?.services[service];
  const listens = shape ? containerPorts(shape.port, shape.routed) : [];
  const patience = `${candidates.startWithinSeconds}s`;
  const replicas = own?.autoscale?.min ?? rendered.replicas[service] ?? 1;
  return new Deployment(
    `${ground.name}-${color}-${service}`,
    {
      // Another release is another Deployment, since its selector is: its pods are never mixed with those that it
      // replaces. The plugin names each anew, so that what a killed run left is never in the way.
      metadata: { namespace: ground.namespace, labels: marks },
      spec: {
        // Whether it runs is then for the cutover to say.
        replicas: idleIsStopped(router) ? 0 : replicas,
        progressDeadlineSeconds: candidates.startWithinSeconds,
        strategy: exclusive.exclusive
          ? { type: "Recreate" }
          : { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        selector: { matchLabels: selector },
        template: {
          metadata: { labels: marks },
          spec: pulumi.all([pod, env, envFrom, ports]).apply(([frozen, moreEnv, moreSources, morePorts]) => {
            const { containers: others = [], hostAliases = [], ...ofPod } = frozen ?? {};
            const main = {
              ...(container as { image: pulumi.Output<string> }),
              name: service,
              ports: portsOf(listens, morePorts),
              env: [
                { name: "BLUEGREEN_COLOR", value: color },
                { name: "BLUEGREEN_RELEASE", value: version },
                ...moreEnv,
              ],
              envFrom: [...environment.sources, ...moreSources],
            };
            const aliases = [...candidates.aliases, ...hostAliases];
            const all = { hostAliases: aliases, ...spreadOf(spread, selector), ...ofPod };
            return { ...withoutEmpty(all), containers: [withoutEmpty(main), ...others] };
          }),
        },
      },
    },
    {
      ...imported(child, rendered.imports, `${color}-${service}`),
      // Past its progress deadline the provider would go on waiting, for ten minutes by default.
      customTimeouts: { create: patience, update: patience },
      // The number of pods has other writers: the autoscaler, and whoever starts, stops or retires a color.
      ignoreChanges: rendered.frozen ? ["*", "spec.replicas"] : ["spec.replicas"],
      // An idle color makes room first. Under the live one's users (`allowLiveChange`) the new pods come first.
      deleteBeforeReplace: rendered.live !== color,
    },
  );
}

/** A port that the transform says in its own words is not said twice. */
function portsOf(
  own: readonly core.v1.ContainerPort[],
  more: readonly core.v1.ContainerPort[],
): core.v1.ContainerPort[] {
  const same = (one: core.v1.ContainerPort, other: core.v1.ContainerPort) =>
    one.containerPort === other.containerPort && (one.protocol ?? "TCP") === (other.protocol ?? "TCP");
  return [
    ...own.map((port) => ({ ...more.find((one) => same(one, port)), ...port })),
    ...more.filter((one) => !own.some((port) => same(one, port))),
  ];
}

/** An empty list is not kept by Kubernetes, and would be a change at every run. */
function withoutEmpty<T extends object>(object: T): T {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => !(Array.isArray(value) && value.length === 0)),
  ) as T;
}

/** Pods of a release are spread over what this label of nodes tells apart, as far as it goes. */
function spreadOf(topologyKey: string | undefined, matchLabels: pulumi.Output<Record<string, string>>) {
  if (topologyKey === undefined) return {};
  const constraint = { maxSkew: 1, topologyKey, whenUnsatisfiable: "ScheduleAnyway", labelSelector: { matchLabels } };
  return { topologySpreadConstraints: [constraint] };
}

function declareAutoscaler(
  { ground, color, transformed, scaling }: ColorParts,
  service: string,
  deployment: Deployment,
  { min, max, cpu }: NonNullable<NonNullable<ServiceSettings["kubernetes"]>["autoscale"]>,
): HorizontalPodAutoscaler {
  const metadata = {
    name: nameOf(ground, color, service),
    namespace: ground.namespace,
    labels: labelsOf(ground, "backend", { color, service }),
  };
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: deployment.metadata.name };
  const target = { type: "Utilization", averageUtilization: cpu };
  const spec = {
    scaleTargetRef,
    minReplicas: min,
    maxReplicas: max,
    metrics: [{ type: "Resource", resource: { name: "cpu", target } }],
  };
  const place = { kind: "HorizontalPodAutoscaler", color, service } as const;
  return new HorizontalPodAutoscaler(
    `${ground.name}-${color}-${service}-autoscaler`,
    transformed(place, { metadata, spec }),
    scaling,
  );
}

function declareBudget(
  { ground, color, transformed, scaling }: ColorParts,
  service: string,
  minAvailable: number,
): PodDisruptionBudget {
  const selector = podsOf(ground, color, service);
  const metadata = {
    name: nameOf(ground, color, service),
    namespace: ground.namespace,
    labels: labelsOf(ground, "backend", { color, service }),
  };
  const place = { kind: "PodDisruptionBudget", color, service } as const;
  return new PodDisruptionBudget(
    `${ground.name}-${color}-${service}-budget`,
    transformed(place, { metadata, spec: { minAvailable, selector: { matchLabels: selector } } }),
    scaling,
  );
}
