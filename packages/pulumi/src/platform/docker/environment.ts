import { type Color, isExclusive, type PerColor, perColor, type Settings } from "@bluegreen/core";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { type DeclaredColor, ofRelease } from "../../declaration.ts";
import { labels, type Role } from "../../docker/labels.ts";
import type { ReleaseShape, ServiceLeaf } from "../../release-definition.ts";
import type { Interlock } from "../../resources/interlock.ts";

/** Seconds that a container gets to finish its requests when it is replaced or removed; Docker's own default. */
const stopGraceSeconds = 10;

/** One network a color, made once: a color's services find each other there, and nobody else. */
export function declareNetworks(
  name: string,
  app: pulumi.Input<string>,
  child: pulumi.CustomResourceOptions,
): PerColor<docker.Network> {
  return perColor(
    (color) => new docker.Network(`${name}-${color}`, { labels: labelsOf(app, "network", { color }) }, child),
  );
}

/**
 * The containers and volumes of one color's recorded release. Containers have no name of ours: Docker's provider makes
 * one with a random suffix for each, so what a killed run left is never in the way, and a name is an identity.
 */
export function declareColor(parts: {
  readonly name: string;
  readonly color: Color;
  readonly settings: Settings;
  readonly interlock: Interlock;
  readonly shape: ReleaseShape | null;
  readonly replicas: Readonly<Record<string, number>>;
  readonly network: docker.Network;
  readonly child: pulumi.CustomResourceOptions;
}): DeclaredColor {
  const { name, color, interlock, shape, replicas } = parts;
  const release = interlock.versions.apply((versions) => versions[color] ?? "");
  const containers = Object.keys(shape?.services ?? {}).flatMap((service) => {
    const args = containerArgs({ ...parts, service, release });
    const count = replicas[service] ?? 1;
    return Array.from({ length: count }, (_, index) => {
      const container = new docker.Container(`${name}-${color}-${service}-${index + 1}`, args, {
        ...parts.child,
        ...ofRelease,
        additionalSecretOutputs: ["envs"],
        // A killed run may have left its mark on it.
        ...(parts.settings.routers[0].kind === "none" ? { ignoreChanges: ["name"] } : {}),
      });
      return { service, container };
    });
  });
  return {
    resources: containers.map(({ container }) => container),
    workloads: pulumi.all(
      containers.map(({ service, container }) => ({ id: container.id, name: container.name, service })),
    ),
  };
}

function containerArgs(parts: {
  readonly name: string;
  readonly color: Color;
  readonly service: string;
  readonly settings: Settings;
  readonly interlock: Interlock;
  readonly shape: ReleaseShape | null;
  readonly network: docker.Network;
  readonly release: pulumi.Output<string>;
  readonly child: pulumi.CustomResourceOptions;
}): docker.ContainerArgs {
  const { color, service, settings, interlock, shape, network, release } = parts;
  const leaf = interlock[color].apply((services): ServiceLeaf | undefined => services?.[service]) as pulumi.Output<any>;
  const secrets = interlock[`${color}Secrets`].apply((services) => services?.[service] ?? {});
  const joined = joinedNetworks(settings) as pulumi.Input<string>[];
  const properties = (shape?.services[service]?.properties ?? []).map((property) => {
    return [property, leaf.apply((it: ServiceLeaf | undefined) => it?.spec[property])];
  });
  return {
    ...(Object.fromEntries(properties) as { image: pulumi.Output<string> }),
    envs: pulumi.secret(
      pulumi
        .all([leaf, secrets, release])
        .apply(([it, secret, version]) =>
          toEnvs({ ...it?.env, ...secret, BLUEGREEN_COLOR: color, BLUEGREEN_RELEASE: version }),
        ),
    ),
    labels: labelsOf(interlock.app, "backend", { color, service, release, ...workerLabels(settings, service) }),
    networksAdvanced: [
      { name: network.name, aliases: [service, `${service}.${color}`] },
      ...joined.map((other) => ({ name: other })),
    ],
    volumes: declareVolumes(parts),
    restart: "unless-stopped",
    destroyGraceSeconds: stopGraceSeconds,
    // Where nothing leads to a color, whether it runs is the cutover's word; the plugin leaves it as it is.
    ...(settings.routers[0].kind === "none" ? { start: false, mustRun: false } : {}),
  };
}

/** What those need to know who start and stop the containers of an app without a live address. */
function workerLabels(settings: Settings, service: string): { exclusive?: string; ready?: string } {
  const {
    routers: [router],
    services,
  } = settings;
  if (router.kind !== "none") return {};
  const { port, ready } = services[service] ?? {};
  return {
    exclusive: String(isExclusive(router, service)),
    ...(port !== undefined && ready !== undefined ? { ready: `${port}${ready}` } : {}),
  };
}

function joinedNetworks({ platform }: Settings): readonly unknown[] {
  return platform.kind === "docker" ? platform.networks : [];
}

function declareVolumes(parts: Parameters<typeof containerArgs>[0]) {
  const { name, color, service, shape, interlock, child } = parts;
  return (shape?.services[service]?.volumes ?? []).map((volume) => {
    const owner = volume.shared ? "shared" : color;
    const suffix = `${owner}-${service}${volume.path.replace(/[^A-Za-z0-9]+/g, "-")}`;
    const declared = once(`${name}-${suffix}`, interlock, () => {
      const args = {
        name: pulumi.interpolate`${interlock.app}-${suffix}`,
        labels: labelsOf(interlock.app, "volume", {}),
      };
      return new docker.Volume(`${name}-${suffix}`, args, child);
    });
    return { volumeName: declared.name, containerPath: volume.path, readOnly: volume.readOnly };
  });
}

const declaredVolumes = new WeakMap<Interlock, Map<string, docker.Volume>>();

/** A shared volume is declared by the first color that has it. */
function once(name: string, owner: Interlock, declare: () => docker.Volume): docker.Volume {
  const known = declaredVolumes.get(owner) ?? new Map<string, docker.Volume>();
  declaredVolumes.set(owner, known);
  const volume = known.get(name) ?? declare();
  known.set(name, volume);
  return volume;
}

export function labelsOf(
  app: pulumi.Input<string>,
  role: Role,
  more: Readonly<Partial<Record<"color" | "service" | "release" | "exclusive" | "ready", pulumi.Input<string>>>>,
): { label: string; value: pulumi.Input<string> }[] {
  const all: Record<string, pulumi.Input<string>> = { [labels.app]: app, [labels.role]: role };
  for (const [key, value] of Object.entries(more)) all[labels[key as keyof typeof labels]] = value;
  return Object.entries(all).map(([label, value]) => ({ label, value }));
}

function toEnvs(variables: Readonly<Record<string, string>>): string[] {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}`)
    .sort();
}
