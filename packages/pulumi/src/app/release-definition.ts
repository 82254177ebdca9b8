import {
  type Color,
  type PerColor,
  perColor,
  type Ready,
  readyOf,
  type ServiceSettings,
  type Settings,
} from "@bluegreen/core";
import * as pulumi from "@pulumi/pulumi";
import { readEnvFiles } from "./env-files.ts";

/** What a platform runs for a service as a release freezes it: its properties, one by one, without names and labels. */
export type Spec = Readonly<Record<string, unknown>>;

/** What a color runs, in the three parts that the interlock records. */
export interface ReleaseDefinition {
  /** Plain: which services there are, and which volumes each has. */
  readonly shape: pulumi.Input<ReleaseShape>;
  readonly leaf: pulumi.Input<Record<string, ServiceLeaf>>;
  /**
   * The same of what is secret: properties of the spec that have a secret in them, variables given as `secrets`, all of
   * `.env` files, and those of `env` that are secret outputs. It goes into a property that is always secret, so that
   * none lands in state in clear when the program drops it.
   */
  readonly secrets: pulumi.Input<Record<string, ServiceLeaf>>;
}

export interface ReleaseShape {
  readonly services: Readonly<Record<string, ServiceShape>>;
}

export interface ServiceShape {
  /** The port it listens on, if any. */
  readonly port: number | null;
  /** Where it says that it can take requests, if it does. */
  readonly ready: Ready | null;
  /** Further ports that live traffic goes to, by the names by which the router knows them; where there are such. */
  readonly routed?: Readonly<Record<string, RoutedPort>>;
  readonly volumes: readonly VolumeShape[];
  /** The spec's properties by name, so that they can be declared one by one while their values are unknown. */
  readonly properties: Readonly<Record<string, Secrecy>>;
  /** Whether there are any: what would be empty is not declared. */
  readonly variables: { readonly plain: boolean; readonly secret: boolean };
}

export interface RoutedPort {
  readonly port: number;
  readonly protocol: string;
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
  routedOf: (service: string) => Readonly<Record<string, RoutedPort>> = () => ({}),
): PerColor<ReleaseDefinition | null> {
  return perColor((color) => {
    const names = Object.keys(settings.releases[color]?.images ?? {});
    if (!settings.releases[color]) return null;
    const parts = names.map((name) => {
      const service = settings.services[name] as ServiceSettings;
      const spec = bySecrecy(specOf(service, { color, service: name }));
      const env = bySecrecy(service.env);
      const files = readEnvFiles(color, service);
      const secretEnv = pulumi
        .all([env.secret, service.secrets as Record<string, pulumi.Input<string>>])
        .apply(([given, named]) => ({ ...files, ...given, ...named }));
      const routed = routedOf(name);
      const shape = Promise.all([spec.words, env.words]).then(([properties, variables]): ServiceShape => {
        const words = [
          ...Object.values(variables),
          ...Object.keys({ ...files, ...service.secrets }).map(() => "secret"),
        ];
        return {
          port: service.port ?? null,
          ready: readyOf(service),
          ...(Object.keys(routed).length > 0 ? { routed } : {}),
          volumes: volumesOf(service),
          properties,
          variables: { plain: words.includes("plain"), secret: words.includes("secret") },
        };
      });
      const leaf = { spec: spec.plain, env: env.plain };
      return [name, { shape, leaf, secrets: { spec: spec.secret, env: secretEnv } }] as const;
    });
    const shapes = Promise.all(parts.map(async ([name, { shape }]) => [name, await shape] as const));
    return {
      shape: shapes.then((services) => ({ services: Object.fromEntries(services) })),
      leaf: pulumi.output(Object.fromEntries(parts.map(([name, { leaf }]) => [name, leaf]))) as pulumi.Output<any>,
      secrets: pulumi.secret(
        Object.fromEntries(parts.map(([name, { secrets }]) => [name, secrets])),
      ) as pulumi.Output<any>,
    };
  });
}

type Secrecy = "plain" | "secret";

/** Values apart that are secret and that are not, and which of them are; the latter is known before the values are. */
function bySecrecy(values: Readonly<Record<string, unknown>>) {
  const sorted = Promise.all(
    Object.entries(values).map(async ([name, value]) => {
      return [name, (await pulumi.isSecret(pulumi.output(value))) ? "secret" : "plain"] as const;
    }),
  );
  // Picked before they are looked at: one that is not known yet hides no other.
  const pick = (wanted: Secrecy) =>
    pulumi.output(
      sorted.then((words): Record<string, any> => {
        return Object.fromEntries(words.filter(([, is]) => is === wanted).map(([name]) => [name, values[name]]));
      }),
    );
  return {
    plain: pulumi.unsecret(pick("plain")),
    secret: pick("secret"),
    words: sorted.then((words): Record<string, Secrecy> => Object.fromEntries(words)),
  };
}

/** `of` each service, without those that have nothing in it. */
export function sizesOf(settings: Settings, of: (service: ServiceSettings) => object): Record<string, object> {
  const sizes = Object.entries(settings.services).map(([name, service]) => [name, of(service)] as const);
  return Object.fromEntries(sizes.filter(([, size]) => Object.keys(size).length > 0));
}

function volumesOf(service: ServiceSettings): VolumeShape[] {
  return Object.entries(service.volumes).map(([path, volume]) => ({ path, ...volume }));
}
