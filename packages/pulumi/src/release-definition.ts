import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseEnv } from "node:util";
import { type Color, type Fault, mebibytes, type ServiceSettings, type Settings } from "@bluegreen/core";
import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

/** A service's container as a release freezes it: everything but names, networks and labels. */
export interface ContainerSpec {
  readonly image: pulumi.Input<string>;
  readonly command?: pulumi.Input<string>[];
  readonly entrypoints?: pulumi.Input<string>[];
  readonly user?: string;
  /** MiB. */
  readonly memory?: number;
  readonly memorySwap?: number;
  readonly cpus?: string;
  /** Other properties of `docker.Container` that a transform added. */
  readonly [more: string]: unknown;
}

export type ContainerTransform = (
  spec: ContainerSpec,
  where: { readonly color: Color; readonly service: string },
) => ContainerSpec;

/** What a color runs, in the three parts that the interlock records. */
export interface ReleaseDefinition {
  /** Plain: which services there are, and which volumes each has. */
  readonly shape: ReleaseShape;
  readonly leaf: pulumi.Input<Record<string, ServiceLeaf>>;
  /** Environment variables that are secret, a service. */
  readonly secrets: pulumi.Input<Record<string, Record<string, string>>>;
}

export interface ReleaseShape {
  readonly services: Readonly<Record<string, ServiceShape>>;
}

export interface ServiceShape {
  readonly volumes: readonly VolumeShape[];
  /** Names of the container's properties, so that they can be declared one by one while their values are unknown. */
  readonly properties: readonly string[];
}

export interface VolumeShape {
  readonly path: string;
  readonly shared: boolean;
  readonly readOnly: boolean;
}

export interface ServiceLeaf {
  readonly container: ContainerSpec;
  readonly env: Readonly<Record<string, string>>;
}

/** The program's present definition of a color's release, or `null` for a color without one. */
export function defineRelease(
  color: Color,
  settings: Settings,
  images: Readonly<Record<string, docker.RemoteImage>>,
  transform: ContainerTransform | undefined,
): ReleaseDefinition | null {
  const release = settings.releases[color];
  if (!release) return null;
  const names = Object.keys(release.images);
  const services = names.map((name) => [name, settings.services[name] as ServiceSettings] as const);
  const parts = services.map(([name, service]) => {
    const spec = specOf(service, images[name]?.imageId ?? "");
    const container = transform ? transform(spec, { color, service: name }) : spec;
    return [name, { container, volumes: volumesOf(service), ...splitEnvironment(color, service) }] as const;
  });
  return {
    shape: {
      services: Object.fromEntries(
        parts.map(([name, { volumes, container }]) => [name, { volumes, properties: Object.keys(container) }]),
      ),
    },
    leaf: pulumi.output(
      Object.fromEntries(parts.map(([name, { container, env }]) => [name, { container, env }])),
    ) as pulumi.Output<Record<string, ServiceLeaf>>,
    secrets: pulumi.secret(Object.fromEntries(parts.map(([name, { secrets }]) => [name, secrets]))),
  };
}

/** Faults of `.env` files, which are read where the program runs. */
export function envFileFaults(color: Color, settings: Settings): Fault[] {
  const names = Object.keys(settings.releases[color]?.images ?? {});
  return names.flatMap((name) =>
    (settings.services[name]?.envFiles ?? []).flatMap((template) => {
      const file = envFile(template, color);
      if (existsSync(file)) return [];
      const fix = `create it, or take "${template}" out of services.${name}.envFiles`;
      return [
        { problem: `${color} ${name} needs ${file}, and there is no such file`, at: `services.${name}.envFiles`, fix },
      ];
    }),
  );
}

function specOf(service: ServiceSettings, image: pulumi.Input<string>): ContainerSpec {
  const { command, entrypoint, user, resources } = service;
  const memory = resources.memory === undefined ? undefined : mebibytes(resources.memory);
  return {
    image,
    ...(command ? { command: command as pulumi.Input<string>[] } : {}),
    ...(entrypoint ? { entrypoints: entrypoint as pulumi.Input<string>[] } : {}),
    ...(user === undefined ? {} : { user }),
    // Without `memorySwap` the Docker provider finds one more change at the next run.
    ...(memory === undefined ? {} : { memory, memorySwap: memory }),
    ...(resources.cpus === undefined ? {} : { cpus: String(resources.cpus) }),
  };
}

function volumesOf(service: ServiceSettings): VolumeShape[] {
  return Object.entries(service.volumes).map(([path, volume]) => ({ path, ...volume }));
}

/**
 * Plain variables, and secret ones: those given as `secrets`, all of `.env` files, and values of `env` that are secret
 * outputs. The secret ones go into a property that is always secret, so that none lands in state in clear when the
 * program drops it.
 */
function splitEnvironment(color: Color, service: ServiceSettings) {
  const entries = Object.entries(service.env as Record<string, pulumi.Input<string>>);
  const sorted = pulumi.output(
    Promise.all(
      entries.map(async ([key, value]) => {
        const output = pulumi.output(value);
        return { key, secret: await pulumi.isSecret(output), output };
      }),
    ),
  ) as unknown as pulumi.Output<{ key: string; secret: boolean; output: string }[]>;
  const pick = (secret: boolean) =>
    sorted.apply((all) =>
      Object.fromEntries(all.filter((one) => one.secret === secret).map((one) => [one.key, one.output])),
    );
  const files = Object.assign({}, ...service.envFiles.map((template) => readEnvFile(envFile(template, color))));
  const env = pulumi.unsecret(pick(false));
  const secrets = pulumi
    .all([pick(true), service.secrets as Record<string, pulumi.Input<string>>])
    .apply(([given, named]) => ({ ...files, ...given, ...named }));
  return { env, secrets };
}

function envFile(template: string, color: Color): string {
  return resolve(template.replaceAll("{color}", color));
}

function readEnvFile(file: string): Record<string, string | undefined> {
  return existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {};
}
