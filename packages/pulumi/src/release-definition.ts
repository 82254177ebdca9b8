import { type Color, type PerColor, perColor, type ServiceSettings, type Settings } from "@bluegreen/core";
import * as pulumi from "@pulumi/pulumi";
import { readEnvFiles } from "./env-files.ts";

/** What a platform runs for a service as a release freezes it: its properties, one by one, without names and labels. */
export type Spec = Readonly<Record<string, unknown>>;

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
  /** The port it listens on, if any. */
  readonly port: number | null;
  readonly volumes: readonly VolumeShape[];
  /** Names of the spec's properties, so that they can be declared one by one while their values are unknown. */
  readonly properties: readonly string[];
}

export interface VolumeShape {
  readonly path: string;
  readonly shared: boolean;
  readonly readOnly: boolean;
}

export interface ServiceLeaf {
  readonly spec: Spec;
  readonly env: Readonly<Record<string, string>>;
}

/** The program's present definition of each color's release; `specOf` renders a service as the platform runs it. */
export function defineReleases(
  settings: Settings,
  specOf: (service: ServiceSettings, where: { readonly color: Color; readonly service: string }) => Spec,
): PerColor<ReleaseDefinition | null> {
  return perColor((color) => {
    const names = Object.keys(settings.releases[color]?.images ?? {});
    if (!settings.releases[color]) return null;
    const parts = names.map((name) => {
      const service = settings.services[name] as ServiceSettings;
      const spec = specOf(service, { color, service: name });
      const shape: ServiceShape = {
        port: service.port ?? null,
        volumes: volumesOf(service),
        properties: Object.keys(spec),
      };
      return [name, { spec, shape, ...splitEnvironment(color, service) }] as const;
    });
    const services = parts.map(([name, { shape }]) => [name, shape]);
    return {
      shape: { services: Object.fromEntries(services) },
      leaf: pulumi.output(
        Object.fromEntries(parts.map(([name, { spec, env }]) => [name, { spec, env }])),
      ) as unknown as pulumi.Output<Record<string, ServiceLeaf>>,
      secrets: pulumi.secret(Object.fromEntries(parts.map(([name, { secrets }]) => [name, secrets]))),
    };
  });
}

/** `of` each service, without those that have nothing in it. */
export function sizesOf(settings: Settings, of: (service: ServiceSettings) => object): Record<string, object> {
  const sizes = Object.entries(settings.services).map(([name, service]) => [name, of(service)] as const);
  return Object.fromEntries(sizes.filter(([, size]) => Object.keys(size).length > 0));
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
  const files = readEnvFiles(color, service);
  const env = pulumi.unsecret(pick(false));
  const secrets = pulumi
    .all([pick(true), service.secrets as Record<string, pulumi.Input<string>>])
    .apply(([given, named]) => ({ ...files, ...given, ...named }));
  return { env, secrets };
}
