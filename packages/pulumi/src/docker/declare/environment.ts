import {
  type Color,
  hasAddress,
  idleIsStopped,
  isExclusive,
  type PerColor,
  perColor,
  type Settings,
} from "@bluegreen/core";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { type DeclaredColor, type Imports, imported, ofRelease, type Rendered } from "../../app/declaration.ts";
import { recordedService } from "../../app/recorded-service.ts";
import type { ReleaseShape } from "../../app/release-definition.ts";
import type { Interlock } from "../../interlock/resource.ts";
import { labels, type Role } from "../labels.ts";
import { type ColorImages, imageAgain, imageOf } from "./images.ts";
import { everything } from "./inert.ts";

/** Seconds that a container gets to finish its requests when it is replaced or removed; Docker's own default. */
const stopGraceSeconds = 10;

/**
 * One network a color, made once and never changed, because all that stands in it would be made anew with it: a color's
 * services find each other there, and nobody else.
 */
export function declareNetworks(
  name: string,
  { app, remade }: Interlock,
  imports: Imports,
  child: pulumi.CustomResourceOptions,
): PerColor<docker.Network> {
  return perColor((color) => {
    const args = { labels: labelsOf(app, "network", { color }) };
    const replacementTrigger = remade.apply((it) => it?.networks[color] ?? 0);
    return new docker.Network(`${name}-${color}`, args, {
      ...imported(child, imports, color),
      replacementTrigger,
      ignoreChanges: everything.network,
    });
  });
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
  readonly rendered: Rendered;
  readonly network: docker.Network;
  readonly images: ColorImages;
  readonly child: pulumi.CustomResourceOptions;
}): DeclaredColor {
  const { name, color, interlock, rendered, images } = parts;
  const { shape, replicas, frozen } = rendered;
  const release = interlock.versions.apply((versions) => versions[color] ?? "");
  // A killed run may have left its mark on it.
  const marked = idleIsStopped(parts.settings.routers[0]) ? ["name"] : [];
  const containers = Object.keys(shape?.services ?? {}).flatMap((service) => {
    const image = imageOf(parts, service, images[service] as docker.RemoteImage);
    const args = containerArgs({ ...parts, shape, service, release, image });
    const count = replicas[service] ?? 1;
    const again = imageAgain(parts, service);
    return Array.from({ length: count }, (_, index) => {
      const part = `${color}-${service}-${index + 1}`;
      const container = new docker.Container(`${name}-${part}`, args, {
        ...imported(parts.child, rendered.imports, part),
        ...ofRelease,
        dependsOn: again.apply((images) => [...dependenciesOf(parts.child), ...images]),
        additionalSecretOutputs: ["envs"],
        ignoreChanges: frozen ? everything.container : marked,
        replacementTrigger: interlock.remade.apply((it) => it?.containers[color] ?? 0),
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

function dependenciesOf({ dependsOn = [] }: pulumi.CustomResourceOptions): pulumi.Resource[] {
  return [dependsOn as pulumi.Resource | pulumi.Resource[]].flat();
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
  readonly image: pulumi.Output<string>;
  readonly child: pulumi.CustomResourceOptions;
}): docker.ContainerArgs {
  const { color, service, settings, interlock, shape, network, release, image } = parts;
  const { env, secretEnv, spec } = recordedService(interlock, color, service, shape);
  // Of these the transform's own come beside the library's.
  const { envs: moreEnvs, labels: moreLabels, networksAdvanced: moreNetworks, volumes: moreVolumes, ...own } = spec;
  const joined = joinedNetworks(settings) as pulumi.Input<string>[];
  const networks = [
    { name: network.name, aliases: [service, `${service}.${color}`] },
    ...joined.map((other) => ({ name: other })),
  ];
  return {
    restart: "unless-stopped",
    destroyGraceSeconds: stopGraceSeconds,
    ...own,
    image,
    envs: pulumi.secret(
      pulumi.all([env, secretEnv, release, moreEnvs ?? []]).apply(([plain, secret, version, more]) => {
        return toEnvs({
          ...plain,
          ...secret,
          ...variablesOf(more),
          BLUEGREEN_COLOR: color,
          BLUEGREEN_RELEASE: version,
        });
      }),
    ),
    labels: beside(
      labelsOf(interlock.app, "backend", { color, service, release, ...workerLabels(settings, service, shape) }),
      moreLabels,
    ),
    networksAdvanced: beside(networks, moreNetworks),
    volumes: moreVolumes
      ? pulumi.all([declareVolumes(parts), moreVolumes as pulumi.Output<docker.types.output.ContainerVolume[]>]).apply(
          // What is mounted at a path that has a volume takes its place.
          ([given, more]) => [
            ...given.filter((one) => !more.some((it) => it.containerPath === one.containerPath)),
            ...more,
          ],
        )
      : declareVolumes(parts),
    // Whether it runs is the cutover's word; the plugin leaves it as it is.
    ...(idleIsStopped(settings.routers[0]) ? { start: false, mustRun: false } : {}),
  };
}

/** Known one by one where a transform adds nothing. */
function beside<T>(given: T[], more: pulumi.Output<any> | undefined): pulumi.Input<pulumi.Input<T>[]> {
  if (!more) return given as pulumi.Input<T>[];
  return pulumi.all([given, more]).apply(([one, other]) => [...(one as T[]), ...other]) as pulumi.Output<any>;
}

function variablesOf(envs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    envs.map((env) => {
      const [name = ""] = env.split("=", 1);
      return [name, env.slice(name.length + 1)];
    }),
  );
}

/** What those need to know who start and stop the containers of an app without a live address. */
function workerLabels(
  { routers: [router] }: Settings,
  service: string,
  shape: ReleaseShape | null,
): Pick<Said, "exclusive" | "ready" | "readyHost" | "readyScheme"> {
  if (hasAddress(router)) return {};
  const ready = shape?.services[service]?.ready;
  return {
    exclusive: String(isExclusive(router, service)),
    ...(ready ? { ready: `${ready.port}${ready.path}` } : {}),
    ...(ready?.host ? { readyHost: ready.host } : {}),
    ...(ready?.scheme ? { readyScheme: ready.scheme } : {}),
  };
}

function joinedNetworks({ platform }: Settings): readonly unknown[] {
  return platform.kind === "docker" ? platform.networks : [];
}

function declareVolumes(parts: Parameters<typeof containerArgs>[0]) {
  const { name, color, service, shape, interlock, child } = parts;
  return (shape?.services[service]?.volumes ?? []).map((volume) => {
    const owner = volume.shared ? "shared" : color;
    const suffix = `${owner}-${service}.${volumeSuffix(volume.path)}`;
    const declared = once(`${name}-${suffix}`, interlock, () => {
      const args = {
        name: pulumi.interpolate`${interlock.app}-${suffix}`,
        labels: labelsOf(interlock.app, "volume", {}),
      };
      return new docker.Volume(`${name}-${suffix}`, args, { ...child, ignoreChanges: everything.volume });
    });
    return { volumeName: declared.name, containerPath: volume.path, readOnly: volume.readOnly };
  });
}

/** `/var/lib/data` as `var.lib.data`; no two paths have the same. `.` and what Docker's names may not have as `_2e_`. */
export function volumeSuffix(path: string): string {
  const escaped = (character: string) => `_${character.codePointAt(0)?.toString(16)}_`;
  return path
    .replace(/^\//, "")
    .replace(/[^A-Za-z0-9/-]/gu, escaped)
    .replaceAll("/", ".");
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

/** What labels say besides whose a thing is and what for. */
type Said = Readonly<Partial<Record<Exclude<keyof typeof labels, "app" | "role">, pulumi.Input<string>>>>;

export function labelsOf(
  app: pulumi.Input<string>,
  role: Role,
  more: Said,
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
