import {
  type Color,
  type CutoverRecord,
  colors,
  describeFaults,
  type Fault,
  otherColor,
  type PerColor,
  parseSettings,
  perColor,
  type Settings,
} from "@bluegreen/core";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { BlueGreenAppArgs } from "./args.ts";
import { colorUrl, declareGates, nameGates } from "./gates.ts";
import { declareColor, declareNetworks, type Environment } from "./platform/docker-environment.ts";
import { declareRouter, type RouterParts } from "./platform/docker-router.ts";
import { defineRelease, envFileFaults } from "./release-definition.ts";
import { Cutover } from "./resources/cutover.ts";
import { Interlock } from "./resources/interlock.ts";
import { Leftovers } from "./resources/leftovers.ts";

/**
 * One app in two colors behind a stable router. The active color is an argument, usually stack config: changing it and
 * running `pulumi up` performs a guarded cutover, changing it back a rollback.
 */
export class BlueGreenApp extends pulumi.ComponentResource {
  /** The live address, such as `http://127.0.0.1:8080`. It never changes with the color. */
  readonly url: pulumi.Output<string>;
  /** Where the idle color answers, on the Docker host's loopback: for a look before the switch. */
  readonly candidateUrl: pulumi.Output<string>;
  /** The color that is live. */
  readonly activeColor: pulumi.Output<Color>;
  /** The version that is live. */
  readonly release: pulumi.Output<string>;
  /** The record of the last cutover. */
  readonly cutover: pulumi.Output<CutoverRecord>;
  /** What was edited in the program and waits for a color's next version. */
  readonly pending: pulumi.Output<readonly string[]>;

  /**
   * @param name Part of the names of containers: 1 to 40 lower-case letters, digits and `-`.
   * @throws `pulumi.RunError` with all faults of the settings at once, before anything is declared.
   */
  constructor(name: string, args: BlueGreenAppArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("bluegreen:index:BlueGreenApp", name, {}, options);
    const settings = readSettings(name, args);
    const child = childOptions(this, name, settings);

    const interlock = declareInterlock(name, settings, args, child);
    const networks = declareNetworks(name, interlock.app, child);
    const attached = { ...child, dependsOn: declareLeftovers(name, settings, interlock, networks, child) };
    const router = declareRouter(name, settings, interlock.app, networks, attached);
    // Only inside this `apply`, and only by `shape`: it is always known, so no child ever vanishes from a preview.
    const cutover = pulumi.all([interlock.shape, interlock.replicas]).apply(([shape, replicas]) => {
      const environments = perColor((color) =>
        declareColor({
          name,
          color,
          settings,
          interlock,
          shape: shape[color],
          replicas,
          network: networks[color],
          child: attached,
        }),
      );
      return declareCutover({ name, settings, interlock, router, networks, environments, child });
    });

    this.activeColor = cutover.apply((it) => it.activeColor);
    this.cutover = cutover.apply((it) => it.record);
    this.release = pulumi
      .all([interlock.versions, this.activeColor])
      .apply(([versions, color]) => versions[color] ?? "");
    this.pending = interlock.pending.apply((edits) => {
      for (const edit of edits) void pulumi.log.warn(edit, this);
      return edits;
    });
    this.url = pulumi.output(`http://${router.liveHost}:${settings.router.port}`);
    this.candidateUrl = this.activeColor.apply((color) => colorUrl(settings, otherColor(color)));
    const { url, candidateUrl, activeColor, release, cutover: record, pending } = this;
    this.registerOutputs({ url, candidateUrl, activeColor, release, cutover: record, pending });
  }
}

function readSettings(name: string, args: BlueGreenAppArgs): Settings {
  const parsed = parseSettings(name, args);
  const faults: Fault[] = parsed.ok
    ? colors.flatMap((color) => envFileFaults(color, parsed.settings))
    : [...parsed.faults];
  if (!parsed.ok || faults.length > 0) throw new pulumi.RunError(describeFaults(name, faults));
  return parsed.settings;
}

/** Children belong to the component and, when a Docker host is given, to a provider for it. */
function childOptions(parent: BlueGreenApp, name: string, settings: Settings): pulumi.CustomResourceOptions {
  const host = settings.platform.host as pulumi.Input<string> | undefined;
  if (host === undefined) return { parent };
  return { parent, provider: new docker.Provider(`${name}-docker`, { host }, { parent }) };
}

function declareInterlock(
  name: string,
  settings: Settings,
  args: BlueGreenAppArgs,
  child: pulumi.CustomResourceOptions,
): Interlock {
  const images = perColor((color) => declareImages(name, color, settings, child));
  const releases = perColor((color) => defineRelease(color, settings, images[color], args.transform?.container));
  const versions: Partial<Record<Color, string>> = {};
  for (const color of colors) {
    const version = settings.releases[color]?.version;
    if (version !== undefined) versions[color] = version;
  }
  const { expose } = settings.router;
  const { gates, secrets } = nameGates(settings.gates);
  return new Interlock(
    `${name}-interlock`,
    {
      name,
      host: dockerHost(settings),
      activeColor: settings.activeColor,
      allowLiveChange: settings.allowLiveChange,
      force: settings.force,
      retry: settings.retry,
      versions,
      shape: perColor((color) => releases[color]?.shape ?? null),
      blue: releases.blue?.leaf ?? null,
      green: releases.green?.leaf ?? null,
      blueSecrets: pulumi.secret(releases.blue?.secrets ?? null),
      greenSecrets: pulumi.secret(releases.green?.secrets ?? null),
      replicas: Object.fromEntries(Object.entries(settings.services).map(([key, service]) => [key, service.replicas])),
      gates,
      gateSecrets: pulumi.secret(secrets),
      router: { service: expose, port: settings.services[expose]?.port ?? 0, livePort: settings.router.port },
    },
    { parent: child.parent as pulumi.Resource },
  );
}

/** The images of a color's release in the program, pulled if need be; the interlock records their ids. */
function declareImages(name: string, color: Color, settings: Settings, child: pulumi.CustomResourceOptions) {
  const release = settings.releases[color];
  const entries = Object.entries(release?.images ?? {}).map(([service, image]) => {
    const args = {
      name: image as pulumi.Input<string>,
      keepLocally: true,
      triggers: { version: release?.version ?? "" },
    };
    return [service, new docker.RemoteImage(`${name}-${color}-${service}-image`, args, child)] as const;
  });
  return Object.fromEntries(entries);
}

function declareLeftovers(
  name: string,
  settings: Settings,
  interlock: Interlock,
  networks: PerColor<docker.Network>,
  child: pulumi.CustomResourceOptions,
): Leftovers {
  const options = { parent: child.parent as pulumi.Resource, dependsOn: colors.map((color) => networks[color]) };
  return new Leftovers(`${name}-leftovers`, { app: interlock.app, host: dockerHost(settings) }, options);
}

function declareCutover(parts: {
  name: string;
  settings: Settings;
  interlock: Interlock;
  router: RouterParts;
  networks: PerColor<docker.Network>;
  environments: PerColor<Environment>;
  child: pulumi.CustomResourceOptions;
}): Cutover {
  const { name, settings, interlock, router, networks, environments, child } = parts;
  const { expose } = settings.router;
  const { port = 0, ready = "/" } = settings.services[expose] ?? {};
  const built = [router.container, ...colors.flatMap((color) => environments[color].containers)];
  const gates = declareGates({
    name,
    settings,
    interlock,
    host: dockerHost(settings),
    router: router.container.id,
    port,
    after: built,
    child,
  });
  return new Cutover(
    `${name}-cutover`,
    {
      name,
      app: interlock.app,
      host: dockerHost(settings),
      activeColor: settings.activeColor,
      attempt: interlock.attempt,
      versions: interlock.versions,
      force: settings.force,
      gates: gates.names,
      evidence: gates.evidence,
      backends: { blue: environments.blue.backends, green: environments.green.backends },
      networks: [networks.blue.id, networks.green.id],
      router: { ...router.address, service: expose, port, ready },
      verification: settings.verification,
    },
    {
      parent: child.parent as pulumi.Resource,
      dependsOn: gates.commands.apply((commands): pulumi.Resource[] => [...commands, ...built]),
    },
  );
}

/** As the Docker provider finds it: the given host, the stack config's, or the ambient one (empty). */
function dockerHost(settings: Settings): pulumi.Input<string> {
  const given = settings.platform.host as pulumi.Input<string> | undefined;
  return given ?? new pulumi.Config("docker").get("host") ?? "";
}
