import { type Color, colors, perColor } from "@bluegreen/core";
import * as pulumi from "@pulumi/pulumi";
import type { Cutover } from "../cutover/resource.ts";
import type { Interlock } from "../interlock/resource.ts";
import { declareMigration, type MigrationParts } from "../migrations/declare.ts";
import type { Migration } from "../migrations/resource.ts";
import { declareCutover, declareRetire, type RoadParts, siteOf } from "./cutover-parts.ts";
import type { DeclaredColor, DeclaredRouter, Imports } from "./declaration.ts";
import type { ReleaseShape } from "./release-definition.ts";

/** What the interlock answers, known in every preview. */
export interface Answer {
  readonly shape: Readonly<Record<Color, ReleaseShape | null>>;
  readonly replicas: Readonly<Record<string, number>>;
  readonly live: Color | null;
  readonly wished: Color | null;
  readonly frozen: Readonly<Record<Color, boolean>>;
  readonly bystander: Color | null;
  readonly imports: Imports;
  readonly takenOver: boolean;
}

/** Of what the interlock always says (`answered`). */
export function answerOf(interlock: Interlock): pulumi.Output<Answer> {
  const { shape, replicas, live, wished, frozenNow, bystander, imports, takenOver } = interlock;
  return pulumi
    .all([shape, replicas, live, wished, frozenNow, bystander, pulumi.all([imports, takenOver])])
    .apply(([shape, replicas, live, wished, frozen, bystander, [imports, taken]]) => {
      return { shape, replicas, live, wished, frozen, bystander, imports, takenOver: Boolean(taken) };
    });
}

export interface Road {
  readonly router: DeclaredRouter;
  readonly cutover: Cutover;
  readonly gates: pulumi.Output<pulumi.Resource[]>;
  readonly migrations: readonly Migration[];
}

/**
 * All that follows from the interlock's answer, in the order in which it is done: the colors that the switch is about, gates
 * and cutover, then the color that it is not about, what becomes of it, and last what only older releases need of a database.
 */
export function declareRoad(given: Omit<RoadParts, "router">, answer: Answer): Road {
  const { declaration, interlock } = given;
  const { imports, takenOver } = answer;
  const router = declaration.declareRouter(interlock, { imports, asItStands: takenOver });
  const parts = { ...given, router };
  const migrating = migrationParts(parts);
  const involved = colors.filter((color) => color !== answer.bystander);
  // One after the other: each expand takes the app's lease.
  const first = declareColors(parts, migrating, answer, involved, router.resources, []);
  const nothing = { workloads: [] };
  const built = [...router.resources, ...first.resources];
  const early = perColor((color) => (first.environments[color] ?? nothing).workloads);
  const { cutover, gates } = declareCutover(parts, early, answer.bystander, built);
  const others = answer.bystander ? [answer.bystander] : [];
  const then = declareColors(parts, migrating, answer, others, [cutover], [cutover]);
  const environments = { ...first.environments, ...then.environments };
  const workloads = perColor((color) => (environments[color] ?? nothing).workloads);
  const retire = declareRetire(parts, workloads, cutover, [cutover, ...then.resources]);
  const contracts = answer.wished ? declareMigration(migrating, answer.wished, "contract", [cutover, retire]) : [];
  return { router, cutover, gates, migrations: [...first.expands, ...then.expands, ...contracts] };
}

function migrationParts(parts: RoadParts): MigrationParts {
  const { name, settings, interlock, parent } = parts;
  const nothing = { blue: [], green: [] };
  return { name, settings, interlock, site: siteOf(parts, nothing, null), parent };
}

function declareColors(
  { declaration, interlock }: RoadParts,
  migrating: MigrationParts,
  { shape, replicas, live, frozen, imports }: Answer,
  which: readonly Color[],
  before: readonly pulumi.Resource[],
  first: readonly pulumi.Resource[],
) {
  const environments: Partial<Record<Color, DeclaredColor>> = {};
  const expands: Migration[] = [];
  for (const color of which) {
    const images = declaration.declareImages(color, interlock, shape[color], first);
    const own = declareMigration(migrating, color, "expand", [...before, ...expands, ...images]);
    expands.push(...own);
    environments[color] = declaration.declareColor(color, interlock, {
      shape: shape[color],
      frozen: frozen[color],
      replicas,
      live,
      imports,
      after: [...first, ...own],
    });
  }
  const resources = Object.values(environments).flatMap((one) => one.resources);
  return { environments, expands, resources };
}
