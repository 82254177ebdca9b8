import type { Color } from "./color.ts";
import type { Breach } from "./fault.ts";

/** What is counted: memory in bytes, CPUs in thousandths, pods by number. Requests and limits are Kubernetes' words. */
export const resources = ["memory", "cpus", "memoryLimit", "cpuLimit", "pods"] as const;

export type Resource = (typeof resources)[number];

/** How much of each resource; one that is not named is not counted. */
export type Amounts = Readonly<Partial<Record<Resource, number>>>;

/** A place with room for containers or pods. What it does not bound is not named; more may be taken than there is. */
export interface Room {
  readonly name: string;
  readonly free: Amounts;
}

/** Rooms of which each container or pod takes one: the Docker host, the nodes, a quota. */
export interface Pool {
  /** With its preposition: "on the Docker host". */
  readonly name: string;
  readonly rooms: readonly Room[];
}

/** A container or pod of the app that runs. */
export interface Running {
  readonly color: Color;
  readonly service: string;
}

/** One that has its room. */
export interface Occupant extends Running {
  readonly takes: Amounts;
  /** Names of rooms, at most one a pool. */
  readonly rooms: readonly string[];
}

/** What a color is to run of a service. */
export interface Planned {
  readonly color: Color;
  readonly release: string;
  readonly service: string;
  readonly replicas: number;
  /**
   * What becomes of those that run now: they stay and are counted on (`kept`), or others take their place, which come
   * once they are gone (`first`) or beside them (`beside`).
   */
  readonly present: "kept" | "first" | "beside";
  /** Services of the other color that are gone before it comes. */
  readonly relieves?: readonly string[];
}

/** What is planned, and what it needs. */
export interface Load extends Planned {
  /** Each replica. */
  readonly takes: Amounts;
}

/** A pool in which the loads do not fit. */
export interface Shortage {
  readonly pool: string;
  readonly resource: Resource;
  readonly needed: number;
  readonly free: number;
  /** What needs it. */
  readonly loads: readonly Load[];
  /** Rooms have enough of it together, but none of them enough for one more. */
  readonly scattered: boolean;
}

/** How many of it have yet to come, beside those that run. */
export function coming(planned: Planned, running: readonly Running[]): number {
  const counted = planned.present === "kept" ? running.filter((one) => isOf(planned, one)).length : 0;
  return Math.max(0, planned.replicas - counted);
}

/**
 * Where these loads certainly do not fit. Whatever might fit passes: it is the scheduler that places pods, and how it does
 * is not foretold. What runs already, or grows by nothing, fits.
 */
export function shortages(loads: readonly Load[], pools: readonly Pool[], occupants: readonly Occupant[]): Shortage[] {
  return pools.flatMap((pool) => {
    const present = occupants.filter(({ rooms }) =>
      rooms.some((name) => pool.rooms.some((room) => room.name === name)),
    );
    const leaving = present.filter((one) => loads.some((load) => comesAfter(load, one)));
    const newcomers = loads
      .map((load) => ({ ...load, replicas: coming(load, present) }))
      .filter(({ replicas }) => replicas > 0);
    const rooms = pool.rooms.map((room) => without(room, leaving));
    return resources.flatMap((resource) => shortageOf(resource, pool.name, rooms, newcomers, leaving) ?? []);
  });
}

function isOf(load: Planned, { color, service }: Running): boolean {
  return load.color === color && load.service === service;
}

function comesAfter({ relieves = [], ...load }: Load, one: Occupant): boolean {
  return load.color === one.color ? load.present === "first" && isOf(load, one) : relieves.includes(one.service);
}

/** The room once these have left it. */
function without({ name, free }: Room, leaving: readonly Occupant[]): Room {
  const gone = leaving.filter(({ rooms }) => rooms.includes(name));
  const after = Object.entries(free).map(([key, amount]) => [key, amount + sum(gone, key as Resource)]);
  return { name, free: Object.fromEntries(after) };
}

function shortageOf(
  resource: Resource,
  pool: string,
  rooms: readonly Room[],
  newcomers: readonly Load[],
  leaving: readonly Occupant[],
): Shortage | null {
  const loads = newcomers.filter(({ takes }) => (takes[resource] ?? 0) > 0);
  const needed = loads.reduce((total, { takes, replicas }) => total + (takes[resource] ?? 0) * replicas, 0);
  const bounded = rooms.every(({ free }) => free[resource] !== undefined);
  if (!bounded || needed <= sum(leaving, resource)) return null;
  const free = rooms.reduce((total, room) => total + Math.max(0, room.free[resource] ?? 0), 0);
  if (needed > free) return { pool, resource, needed, free, loads, scattered: false };
  const cramped = loads.find(({ takes, replicas }) => placesFor(takes[resource] ?? 0, resource, rooms) < replicas);
  if (!cramped) return null;
  const largest = Math.max(...rooms.map((room) => room.free[resource] ?? 0));
  return { pool, resource, needed: cramped.takes[resource] ?? 0, free: largest, loads: [cramped], scattered: true };
}

function placesFor(each: number, resource: Resource, rooms: readonly Room[]): number {
  return rooms.reduce((total, { free }) => total + Math.floor(Math.max(0, free[resource] ?? 0) / each), 0);
}

function sum(occupants: readonly Occupant[], resource: Resource): number {
  return occupants.reduce((total, { takes }) => total + (takes[resource] ?? 0), 0);
}

/** Each shortage as a breach that the user may allow. */
export function capacityBreaches(found: readonly Shortage[], allowed: boolean): Breach[] {
  return found.map((shortage) => {
    const { pool, resource, needed, free, loads, scattered } = shortage;
    const colors = [...new Set(loads.map(({ color, release }) => `${color} ${release}`))].join(" and ");
    const what = [...new Set(loads.map(({ service, replicas }) => `${replicas} × ${service}`))].join(", ");
    const each = scattered ? " each" : "";
    const room = `${scattered ? "in one place at most " : ""}${amountText(resource, Math.max(0, free))}`;
    const problem = `${colors} needs ${amountText(resource, needed)}${each} for ${what}; free ${pool}: ${room}`;
    const at = `services.${loads[0]?.service}.${resource === "pods" ? "replicas" : "resources"}`;
    const fix = "make room, need less of it, or go on all the same with `allowOvercommit: true`";
    return { fault: { code: "no-room", problem, at, fix }, override: allowed ? `allowOvercommit ${problem}` : null };
  });
}

const units = { memory: "memory", memoryLimit: "memory limits", cpus: "CPUs", cpuLimit: "CPU limits", pods: "pods" };

/** `1.5 GB of memory`, `0.25 CPUs`, `3 pods`; sizes as Docker counts them, in powers of 1024. */
export function amountText(resource: Resource, amount: number): string {
  if (resource === "pods") return `${amount} pods`;
  if (resource === "cpus" || resource === "cpuLimit")
    return `${Number((amount / 1_000).toFixed(2))} ${units[resource]}`;
  const mebibytes = amount / 1_048_576;
  const size = mebibytes >= 1_024 ? `${(mebibytes / 1_024).toFixed(2)} GB` : `${Math.round(mebibytes)} MB`;
  return `${size} of ${units[resource]}`;
}
