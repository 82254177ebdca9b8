import { type Color, isExclusive, type ServiceSettings, type Settings } from "@bluegreen/core";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { HorizontalPodAutoscaler } from "@pulumi/kubernetes/autoscaling/v2/horizontalPodAutoscaler.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import * as pulumi from "@pulumi/pulumi";
import type { DeclaredColor, Rendered } from "../../declaration.ts";
import { annotations, labels, releaseLabel } from "../../kubernetes/labels.ts";
import type { Workload } from "../../platform.ts";
import type { ServiceLeaf } from "../../release-definition.ts";
import type { Interlock } from "../../resources/interlock.ts";
import { type Candidates, declareCandidates } from "./candidates.ts";
import { type Ground, labelsOf, nameOf } from "./metadata.ts";
import type { Transformed } from "./transform.ts";

/** What every part of one color is declared with. */
export interface ColorParts {
  readonly ground: Ground;
  readonly color: Color;
  readonly settings: Settings;
  readonly interlock: Interlock;
  readonly rendered: Rendered;
  readonly transformed: Transformed;
  readonly child: pulumi.CustomResourceOptions;
}

/** One color's recorded release: a Deployment a service, what it reads, and what reaches and scales it. */
export function declareColor(parts: ColorParts): DeclaredColor {
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
  return { resources: [environment.config, environment.secret, deployment, ...scaled, ...kept], workload };
}

/** The release's environment, in objects that never change: another content is another object, and other pods. */
function declareEnvironment({ ground, color, interlock, transformed, child }: ColorParts, service: string) {
  const { name, namespace } = ground;
  const leaf = interlock[color].apply((services): ServiceLeaf | undefined => services?.[service]) as pulumi.Output<
    ServiceLeaf | undefined
  >;
  const data = leaf.apply((it) => ({ ...it?.env }));
  const marks = labelsOf(ground, "config", { color, service });
  const place = { color, service };
  // Both are named by the plugin, anew for other contents. A name made from those would be taken when an update fails
  // and the next one goes back to what it had replaced; and the name of a secret would tell about it.
  const config = new ConfigMap(
    `${name}-${color}-${service}-config`,
    transformed({ kind: "ConfigMap", ...place }, { metadata: { namespace, labels: marks }, data, immutable: true }),
    child,
  );
  const secretData = interlock[`${color}Secrets`].apply((services) => ({ ...services?.[service] }));
  const secret = new Secret(
    `${name}-${color}-${service}-secret`,
    transformed(
      { kind: "Secret", ...place },
      { metadata: { namespace, labels: marks }, stringData: pulumi.secret(secretData), immutable: true },
    ),
    child,
  );
  return { config, secret };
}

function declareDeployment(
  parts: ColorParts,
  service: string,
  candidates: Candidates,
  environment: { readonly config: ConfigMap; readonly secret: Secret },
): Deployment {
  const { ground, color, settings, interlock, rendered, child } = parts;
  const version = interlock.versions.apply((versions) => versions[color] ?? "");
  const release = version.apply(releaseLabel);
  const own = settings.services[service]?.kubernetes;
  const [router] = settings.routers;
  // Where nothing leads to a color, whether it runs is for the cutover to say.
  const idle = router.kind === "none";
  const exclusive = router.kind === "none" ? { exclusive: isExclusive(router, service) } : {};
  const marks = labelsOf(ground, "backend", { color, service, release, ...exclusive });
  const selector = pulumi.all([ground.app, release]).apply(
    ([app, release]): Record<string, string> => ({
      [labels.app]: app,
      [labels.color]: color,
      [labels.release]: release,
      [labels.service]: service,
    }),
  );
  const { pod, ...container } = frozenSpec(parts, service);
  const shape = rendered.shape?.services[service];
  const patience = `${candidates.startWithinSeconds}s`;
  const replicas = own?.autoscale?.min ?? rendered.replicas[service] ?? 1;
  return new Deployment(
    `${ground.name}-${color}-${service}`,
    {
      // Another release is another Deployment, since its selector is: its pods are never mixed with those that it
      // replaces. The plugin names each anew, so that what a killed run left is never in the way.
      metadata: { namespace: ground.namespace, labels: marks, ...(idle ? { annotations: sizeOf(replicas) } : {}) },
      spec: {
        replicas: idle ? 0 : replicas,
        progressDeadlineSeconds: candidates.startWithinSeconds,
        strategy: exclusive.exclusive
          ? { type: "Recreate" }
          : { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        selector: { matchLabels: selector },
        template: {
          metadata: { labels: marks },
          spec: pulumi.all([pod]).apply(([frozen]) => ({
            hostAliases: candidates.aliases,
            ...spreadOf(own?.spread, selector),
            ...frozen,
            containers: [
              {
                ...(container as { image: pulumi.Output<string> }),
                name: service,
                ...(shape?.port ? { ports: [{ containerPort: shape.port }] } : {}),
                env: [
                  { name: "BLUEGREEN_COLOR", value: color },
                  { name: "BLUEGREEN_RELEASE", value: version },
                ],
                envFrom: [
                  { configMapRef: { name: environment.config.metadata.name } },
                  { secretRef: { name: environment.secret.metadata.name } },
                ],
              },
            ],
          })),
        },
      },
    },
    {
      ...child,
      // Past its progress deadline the provider would go on waiting, for ten minutes by default.
      customTimeouts: { create: patience, update: patience },
      // The number of replicas has other writers: the autoscaler, and whoever retires an idle color.
      ignoreChanges: ["spec.replicas"],
      // An idle color makes room first. Under the live one's users (`allowLiveChange`) the new pods come first.
      deleteBeforeReplace: rendered.live !== color,
    },
  );
}

/** For those who start it. */
function sizeOf(replicas: number): Record<string, string> {
  return { [annotations.replicas]: String(replicas) };
}

/** The release's frozen properties, one by one, so that they can be declared while their values are unknown. */
function frozenSpec({ color, interlock, rendered }: ColorParts, service: string): Record<string, pulumi.Output<any>> {
  const leaf = interlock[color].apply((services): ServiceLeaf | undefined => services?.[service]) as pulumi.Output<any>;
  const properties = rendered.shape?.services[service]?.properties ?? [];
  return Object.fromEntries(
    properties.map((property) => [property, leaf.apply((it: ServiceLeaf | undefined) => it?.spec[property])]),
  );
}

/** Pods of a release are spread over what this label of nodes tells apart, as far as it goes. */
function spreadOf(topologyKey: string | undefined, matchLabels: pulumi.Output<Record<string, string>>) {
  if (topologyKey === undefined) return {};
  const constraint = { maxSkew: 1, topologyKey, whenUnsatisfiable: "ScheduleAnyway", labelSelector: { matchLabels } };
  return { topologySpreadConstraints: [constraint] };
}

function declareAutoscaler(
  { ground, color, transformed, child }: ColorParts,
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
    child,
  );
}

function declareBudget(
  { ground, color, transformed, child }: ColorParts,
  service: string,
  minAvailable: number,
): PodDisruptionBudget {
  const selector = ground.app.apply((app) => ({
    [labels.app]: app,
    [labels.color]: color,
    [labels.service]: service,
  }));
  const metadata = {
    name: nameOf(ground, color, service),
    namespace: ground.namespace,
    labels: labelsOf(ground, "backend", { color, service }),
  };
  const place = { kind: "PodDisruptionBudget", color, service } as const;
  return new PodDisruptionBudget(
    `${ground.name}-${color}-${service}-budget`,
    transformed(place, { metadata, spec: { minAvailable, selector: { matchLabels: selector } } }),
    child,
  );
}
