import { type Color, isReversible, type MigrationStepSettings, type Phase, type Settings } from "@bluegreen/core";
import * as pulumi from "@pulumi/pulumi";
import { ofRelease } from "../app/declaration.ts";
import type { DeepInput, DeepInputs } from "../app/deep-input.ts";
import type { SiteParts } from "../contracts/site.ts";
import type { Interlock } from "../interlock/resource.ts";
import { Migration } from "./resource.ts";

/** What a migration needs of its app: where its router is, and nothing of what runs. */
export interface MigrationParts {
  readonly name: string;
  readonly settings: Settings;
  readonly interlock: Interlock;
  readonly site: DeepInputs<SiteParts>;
  readonly parent: pulumi.Resource;
}

/** One phase of the migrations of a color's release; none where it has no such phase. */
export function declareMigration(
  parts: MigrationParts,
  color: Color,
  phase: Phase,
  after: readonly pulumi.Resource[],
): Migration[] {
  const { name, settings, interlock, site, parent } = parts;
  const { version = "", migrations } = settings.releases[color] ?? {};
  const given = migrations?.[phase];
  if (!migrations || !given) return [];
  const { env, ...step } = given;
  const inputs = {
    ...site,
    name,
    phase,
    color,
    release: version,
    attempt: interlock.attempt,
    step: step as Omit<MigrationStepSettings, "env"> as DeepInput<any>,
    env: pulumi.secret(env as Record<string, pulumi.Input<string>>),
    irreversible: !isReversible(migrations),
    sealed: interlock.sealed,
  };
  return [new Migration(`${name}-${phase}-${color}`, inputs, { parent, dependsOn: [...after], ...ofRelease })];
}

/** What interlock and cutover are told of migrations; nothing for an app without any. */
export function irreversibleOf({ releases }: Settings) {
  const given = Object.entries(releases).flatMap(([color, release]) => {
    return release?.migrations ? [[color, { ...release, migrations: release.migrations }] as const] : [];
  });
  if (given.length === 0) return {};
  const final = given.filter(([, { migrations }]) => !migrations.contract && !isReversible(migrations));
  return { irreversible: Object.fromEntries(final.map(([color, { version }]) => [color, version])) };
}
