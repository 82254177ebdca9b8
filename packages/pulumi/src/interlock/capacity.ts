import { isDeepStrictEqual } from "node:util";
import {
  type Breach,
  type Color,
  capacityBreaches,
  colors,
  coming,
  isExclusive,
  type Memory,
  type NoRouterSettings,
  otherColor,
  type Planned,
  type Recorded,
  type Running,
  shortages,
  wishedReplicas,
} from "@bluegreen/core";
import type { ReleaseShape, ServiceLeaf } from "../app/release-definition.ts";
import type { PlatformAddress } from "../contracts/addresses.ts";
import type { Tenancy } from "../contracts/capacity.ts";
import { isUnknown } from "../dynamic/unknown.ts";
import { reasonOf } from "../io/reason.ts";
import { platformOf } from "../platforms.ts";
import type { Definition } from "./differences.ts";

/** What is about to run, and what ran as far as is remembered. */
export interface Growth {
  readonly name: string;
  readonly app: string;
  readonly platform: PlatformAddress;
  readonly before: { readonly memory: Memory<Definition>; readonly replicas: Readonly<Record<string, number>> } | null;
  readonly after: { readonly memory: Memory<Definition>; readonly replicas: Readonly<Record<string, number>> };
  /** Instead of a spec that is not known yet. */
  readonly sizes: Readonly<Record<string, unknown>>;
  /** The color that is about to become live; `null` when none is. */
  readonly candidate: Color | null;
  readonly allowOvercommit: boolean;
  /** For an app without a live address: which services never run in both colors at once. */
  readonly exclusive?: NoRouterSettings["exclusive"] | undefined;
}

/** Where there is no room for what is about to run. Measures only when something is; what can't be seen blocks nothing. */
export async function crowded(growth: Growth): Promise<Breach[]> {
  if (!grows(growth)) return [];
  try {
    const tenancy = await (await platformOf(growth.platform)).view.tenancy(growth.app);
    const plans = plansOf(growth, tenancy);
    if (plans.every((plan) => coming(plan, tenancy.running) === 0)) return [];
    const { pools, occupants, unseen, takes } = await tenancy.measure(plans.map(({ spec }) => spec));
    for (const line of unseen) tellUnseen(growth, line);
    const loads = plans.map((plan) => ({ ...plan, takes: takes(plan.color, plan.service, plan.spec) }));
    return capacityBreaches(shortages(loads, pools, occupants), growth.allowOvercommit);
  } catch (error) {
    tellUnseen(growth, reasonOf(error));
    return [];
  }
}

function tellUnseen({ name }: Growth, reason: string): void {
  console.error(`${name}: whether both colors fit was not checked in full: ${reason}`);
}

function grows({ before, after, candidate }: Growth): boolean {
  const more = Object.entries(after.replicas).some(([service, count]) => count > (before?.replicas[service] ?? 0));
  return more || candidate !== null || colors.some((color) => isFresh(color, before?.memory, after.memory));
}

/** Its release is another one than before, so whatever runs of the color is replaced. */
function isFresh(color: Color, before: Memory<Definition> | undefined, after: Memory<Definition>): boolean {
  const [was, is] = [before?.releases[color], after.releases[color]];
  return is !== undefined && (was?.version !== is.version || !isDeepStrictEqual(was.definition, is.definition));
}

/** What the platform is to have room for, by what runs now. */
export function plansOf(growth: Growth, tenancy: Omit<Tenancy, "measure">): Plan[] {
  return colors.flatMap((color) => {
    const recorded = growth.after.memory.releases[color];
    return recorded ? plansOfColor(growth, tenancy, color, recorded) : [];
  });
}

/** A plan with what was recorded of its service, by which the platform tells what it takes. */
interface Plan extends Planned {
  readonly spec: unknown;
}

function plansOfColor(
  growth: Growth,
  tenancy: Omit<Tenancy, "measure">,
  color: Color,
  recorded: Recorded<Definition>,
): Plan[] {
  const { before, after, candidate, exclusive } = growth;
  const countOf = (of: Color, service?: string) =>
    tenancy.running.filter((one) => one.color === of && (service === undefined || one.service === service)).length;
  const fresh = isFresh(color, before?.memory, after.memory);
  // An idle color that is retired or stopped stays so; without a live address it never runs.
  if (!fresh && candidate !== color && countOf(color) === 0) return [];
  if (exclusive !== undefined && candidate !== color && after.memory.live !== color) return [];
  const { shape, leaf } = recorded.definition as { shape: ReleaseShape; leaf: Record<string, ServiceLeaf> };
  const beside = tenancy.replacesLiveBeside && after.memory.live === color;
  return Object.keys(shape.services).map((service) => {
    const declared = after.replicas[service] ?? 1;
    const own = { now: declared, autoscaled: false };
    const other = countOf(otherColor(color), service);
    const alone = isAlone(growth, service);
    const scales = tenancy.scales && !alone;
    return {
      color,
      release: recorded.version,
      service,
      replicas: scales
        ? wishedReplicas({ own, declared, edited: true, candidate: candidate === color, other })
        : declared,
      spec: isUnknown(leaf) ? growth.sizes[service] : leaf[service]?.spec,
      present: fresh ? (beside && !alone ? "beside" : "first") : "kept",
      ...(alone && candidate === color ? { relieves: aloneAmong(growth, tenancy.running) } : {}),
    };
  });
}

/** Whether no two of it ever run at once: those of the other color are gone before it comes. */
function isAlone({ exclusive }: Growth, service: string): boolean {
  return exclusive !== undefined && isExclusive({ exclusive }, service);
}

function aloneAmong(growth: Growth, running: readonly Running[]): string[] {
  return [...new Set(running.map(({ service }) => service))].filter((service) => isAlone(growth, service));
}
