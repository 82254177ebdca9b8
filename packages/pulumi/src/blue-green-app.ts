import {
  type Color,
  type CutoverRecord,
  colors,
  describeFaults,
  type Fault,
  laterAttempt,
  type MigrationRun,
  otherColor,
  perColor,
  type Settings,
} from "@bluegreen/core";
import { parseSettings } from "@bluegreen/core/settings";
import * as pulumi from "@pulumi/pulumi";
import { optionFaults } from "./app/app-options.ts";
import type { BlueGreenAppArgs } from "./app/args.ts";
import { claimPorts } from "./app/claimed-ports.ts";
import type { Declaration, DeclaredFront } from "./app/declaration.ts";
import { declaresOf } from "./app/declaration-of.ts";
import { tellDrift } from "./app/drift.ts";
import { environmentFaults, lackingVariables } from "./app/env-files.ts";
import { byService, type ExposedServices, exposedOf, queriesOf } from "./app/exposed.ts";
import { answerOf, declareRoad } from "./app/road.ts";
import { wishedColor } from "./app/wished-color.ts";
import { reachesOf } from "./checks/parts/reach.ts";
import { nameGates } from "./gates/declare.ts";
import { Interlock } from "./interlock/resource.ts";
import { irreversibleOf } from "./migrations/declare.ts";
import type { Migration } from "./migrations/resource.ts";

/**
 * One app in two colors behind a stable router. The active color is an argument, usually stack config: changing it and
 * running `pulumi up` performs a guarded cutover, changing it back a rollback.
 */
export class BlueGreenApp extends pulumi.ComponentResource {
  /**
   * The live address, such as `http://127.0.0.1:8080`; of several routers the first one's. It never changes with the
   * color, and is empty with `none()`.
   */
  readonly url: pulumi.Output<string>;
  /** The live addresses of all exposed services, by their names. */
  readonly urls: Readonly<Record<string, pulumi.Output<string>>>;
  /** Where the idle color answers, by itself: for a look before the switch; empty with `none()`. */
  readonly candidateUrl: pulumi.Output<string>;
  /** The same of all exposed services, by their names. */
  readonly candidateUrls: pulumi.Output<Readonly<Record<string, string>>>;
  /** The color that is live. */
  readonly activeColor: pulumi.Output<Color>;
  /** The version that is live. */
  readonly release: pulumi.Output<string>;
  /** The record of the last cutover that ended well. Pulumi saves nothing of one that failed: see `lastAttempt`. */
  readonly cutover: pulumi.Output<CutoverRecord>;
  /**
   * The record of the last attempt, however it ended, by the app's own journal: also of one that a gate or the cutover
   * refused, or that was reverted. The `up` that fails says so itself; the next one that does not has it here.
   */
  readonly lastAttempt: pulumi.Output<CutoverRecord>;
  /** What has run of the migrations of both colors' releases: an expand each, and the live one's contract. */
  readonly migrations: pulumi.Output<readonly MigrationRun[]>;
  /** What was edited in the program and waits for a color's next version. */
  readonly pending: pulumi.Output<readonly string[]>;
  /**
   * In what the colors' releases differ beyond version and images, setting by setting and without values:
   * `services.web.env.LOG`, `services.web.secrets.TOKEN (green only)`. A preview says it, too.
   */
  readonly drift: pulumi.Output<readonly string[]>;
  /** Resolves once every child is declared. */
  private readonly whole: Promise<void>;

  /**
   * @param name Part of the names of containers: 1 to 40 lower-case letters, digits and `-`.
   * @throws `pulumi.RunError` with all faults of the settings at once, before anything is declared.
   */
  constructor(name: string, args: BlueGreenAppArgs, options: pulumi.ComponentResourceOptions = {}) {
    const settings = readSettings(name, args, options);
    super("bluegreen:index:BlueGreenApp", name, {}, options);
    if (pulumi.runtime.isDryRun()) for (const line of lackingVariables(settings)) void pulumi.log.warn(line, this);
    const exposed = exposedOf(settings);
    const declaration = declaresOf(name, settings).declare({
      name,
      settings,
      transform: args.transform ?? {},
      parent: this,
    });

    const interlock = this.declareInterlock(name, settings, exposed, declaration);
    const reach = interlock.shape.apply((shape) => perColor((color) => reachesOf(shape[color])));
    const parts = { name, settings, exposed, declaration, interlock, reach, parent: this };
    // Only inside this `apply`, and only by what is always known: so no child ever vanishes from a preview.
    const declared = answerOf(interlock).apply((answer) => declareRoad(parts, answer));
    this.whole = untilThere(declared.apply(({ gates }) => gates));
    const fronts = declared.apply(({ router }) => ({ at: (index: number) => router.fronts[index] as DeclaredFront }));
    // Who uses an address means the release that is live behind it once this run is done.
    const urlOf = (index: number) =>
      pulumi
        .all([fronts.apply((all) => all.at(index).url), declared.apply(({ cutover }) => cutover.urn)])
        .apply(([url]) => url);

    this.activeColor = declared.apply(({ cutover }) => cutover.activeColor);
    this.cutover = declared.apply(({ cutover }) => cutover.record);
    this.lastAttempt = pulumi
      .all([this.cutover, interlock.failedAttempt])
      .apply(([last, failed]) => laterAttempt(last, failed ?? null) as CutoverRecord);
    this.migrations = declared.apply(({ migrations }) => runsOf(migrations));
    this.release = pulumi
      .all([interlock.versions, this.activeColor])
      .apply(([versions, color]) => versions[color] ?? "");
    this.pending = interlock.pending.apply((edits) => {
      for (const edit of edits) void pulumi.log.warn(edit, this);
      return edits;
    });
    this.drift = tellDrift(interlock, this);
    this.urls = byService(exposed, urlOf);
    this.candidateUrls = this.activeColor.apply((color) =>
      fronts.apply((all) => pulumi.all(byService(exposed, (index) => all.at(index).colorUrl(otherColor(color))))),
    );
    this.url = urlOf(0);
    this.candidateUrl = this.candidateUrls.apply((urls) => urls[exposed[0]] ?? "");
    const { url, urls, candidateUrl, candidateUrls, activeColor, release, cutover: record, pending, drift } = this;
    const live = { activeColor, release, cutover: record, lastAttempt: this.lastAttempt };
    const ran = Object.values(settings.releases).some((it) => it?.migrations) ? { migrations: this.migrations } : {};
    this.registerOutputs({ url, urls, candidateUrl, candidateUrls, ...live, pending, drift, ...ran });
  }

  /**
   * What depends on this component waits for what this promises, and then for every child that there is: also for those
   * that are declared once the interlock has answered, the cutover among them.
   */
  protected override async initialize(): Promise<void> {
    // Pulumi calls this before the constructor goes on, and so this goes on after that has ended.
    await undefined;
    await this.whole;
  }

  private declareInterlock(
    name: string,
    settings: Settings,
    exposed: ExposedServices,
    declaration: Declaration,
  ): Interlock {
    const { facts } = declaration;
    const releases = declaration.defineReleases();
    const versions: Partial<Record<Color, string>> = {};
    for (const color of colors) {
      const version = settings.releases[color]?.version;
      if (version !== undefined) versions[color] = version;
    }
    const { gates, secrets } = nameGates(settings.gates, settings.failedCandidate);
    const back = nameGates(settings.rollback.gates, settings.failedCandidate);
    return new Interlock(
      `${name}-interlock`,
      {
        name,
        platform: facts.address,
        activeColor: wishedColor(name, settings),
        allowLiveChange: settings.allowLiveChange,
        allowOvercommit: settings.allowOvercommit || undefined,
        force: settings.force,
        retry: settings.retry,
        ...irreversibleOf(settings),
        ...(settings.returnPast === null ? {} : { returnPast: settings.returnPast }),
        ...(settings.takeOver === null ? {} : { takeOver: settings.takeOver }),
        versions,
        shape: perColor((color) => releases[color]?.shape ?? null),
        blue: releases.blue?.leaf ?? null,
        green: releases.green?.leaf ?? null,
        blueSecrets: pulumi.secret(releases.blue?.secrets ?? null),
        greenSecrets: pulumi.secret(releases.green?.secrets ?? null),
        ...(Object.keys(facts.sizes).length > 0 ? { sizes: facts.sizes } : {}),
        replicas: mapValues(settings.services, (service) => service.replicas),
        gates,
        gateSecrets: pulumi.secret(secrets),
        rollbackGates: back.gates,
        rollbackSecrets: pulumi.secret(back.secrets),
        ...(facts.routerImage ? { routerImage: facts.routerImage } : {}),
        ...queriesOf(exposed, facts),
        ...(Object.keys(facts.livePorts).length > 0 ? { livePorts: facts.livePorts } : {}),
        ...(facts.publishes.length > 0 ? { ports: facts.publishes } : {}),
      },
      { parent: this },
    );
  }
}

function readSettings(name: string, args: BlueGreenAppArgs, options: pulumi.ComponentResourceOptions): Settings {
  const parsed = parseSettings(name, args);
  if (!parsed.ok) throw new pulumi.RunError(describeFaults(name, parsed.faults));
  const { settings } = parsed;
  const platform = declaresOf(name, settings);
  const faults: Fault[] = [
    ...optionFaults(settings, options),
    ...(platform.faultsOf?.(settings) ?? []),
    ...claimPorts(name, platform.wantedPorts(settings), options),
    ...colors.flatMap((color) => environmentFaults(color, settings)),
  ];
  if (faults.length > 0) throw new pulumi.RunError(describeFaults(name, faults));
  return settings;
}

/** Resolves with what is known in every preview, once it is there. */
function untilThere(value: pulumi.Output<unknown>): Promise<void> {
  return new Promise((resolve) => value.apply(() => resolve()));
}

function runsOf(migrations: readonly Migration[]): pulumi.Output<MigrationRun[]> {
  return pulumi.all(migrations.map(({ run }) => run)).apply((runs) => runs.filter((run) => run !== null));
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
