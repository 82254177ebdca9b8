import { type Amounts, isColor, type Occupant, otherColor, type Running } from "@bluegreen/core";
import type Types from "dockerode";
import type { Capacity, Tenancy } from "../contracts/capacity.ts";
import { reasonOf } from "../io/reason.ts";
import type { Docker } from "./api.ts";
import { statusOf } from "./client.ts";
import { labels } from "./labels.ts";
import { cpusOf, memoryInUse, statsOf } from "./usage.ts";

const host = "on the Docker host";
const bytesPerMebibyte = 1_048_576;

export async function tenancyOf(docker: Docker, app: string): Promise<Tenancy> {
  const containers = (await docker.listContainers()).map((one): Listed => {
    return { id: one.Id, name: one.Names[0]?.slice(1) ?? one.Id, backend: backendOf(app, one) };
  });
  return {
    running: containers.flatMap(({ backend }) => backend ?? []),
    scales: false,
    replacesLiveBeside: false,
    measure: () => measure(docker, containers),
  };
}

interface Listed {
  readonly id: string;
  readonly name: string;
  /** As what it runs, if it is the app's. */
  readonly backend: Running | null;
}

function backendOf(app: string, { Labels: given }: Types.ContainerInfo): Running | null {
  const { [labels.color]: color = "", [labels.service]: service = "" } = given;
  return given[labels.app] === app && given[labels.role] === "backend" && isColor(color) ? { color, service } : null;
}

/**
 * The host's memory and CPUs. A container of the app takes its limits; one without a limit, and everybody else's, takes
 * the memory that it uses now. CPUs are only what limits promise, since whoever uses none leaves them to the others. What
 * runs on the host outside of containers is not seen.
 */
async function measure(docker: Docker, containers: readonly Listed[]): Promise<Capacity> {
  const [{ MemTotal: memory, NCPU: cpus }, ...found] = await Promise.all([
    docker.info(),
    ...containers.map(async ({ id, name, backend }) => {
      return { name, backend, taken: await takenBy(docker, id).catch(reasonOf) };
    }),
  ]);
  const seen = found.flatMap(({ backend, taken }) =>
    taken === null || typeof taken === "string" ? [] : [{ backend, taken }],
  );
  const held = seen.map(({ backend, taken }) => (backend ? promisedBy(taken) : { memory: taken.used, cpus: 0 }));
  const sum = (key: "memory" | "cpus") => held.reduce((total, amounts) => total + (amounts[key] ?? 0), 0);
  const free = { memory: memory - sum("memory"), cpus: cpus * 1_000 - sum("cpus") };
  const occupants = seen.flatMap(({ backend, taken }): (Occupant & { uses: number })[] => {
    return backend ? [{ ...backend, takes: promisedBy(taken), rooms: [host], uses: taken.used }] : [];
  });
  return {
    pools: [{ name: host, rooms: [{ name: host, free }] }],
    occupants,
    unseen: found.flatMap(({ name, taken }) => (typeof taken === "string" ? `container ${name}: ${taken}` : [])),
    takes: (color, service, spec) => {
      const others = occupants.filter((one) => one.color === otherColor(color) && one.service === service);
      return takesOf(spec, Math.max(0, ...others.map(({ uses }) => uses)));
    },
  };
}

interface Taken {
  /** Limits; 0 for none. */
  readonly memory: number;
  readonly cpus: number;
  /** Memory in use. */
  readonly used: number;
}

/** `null` for a container that has ended meanwhile. */
async function takenBy(docker: Docker, id: string): Promise<Taken | null> {
  try {
    const container = docker.getContainer(id);
    const [{ HostConfig: limits }, stats] = await Promise.all([container.inspect(), statsOf(container, true)]);
    if (!stats) return null;
    const cpus = Math.round(cpusOf(limits) * 1_000);
    return { memory: limits.Memory ?? 0, cpus, used: memoryInUse(stats) ?? 0 };
  } catch (error) {
    if (statusOf(error) === 404 || statusOf(error) === 409) return null;
    throw error;
  }
}

function promisedBy({ memory, cpus, used }: Taken): Amounts {
  return { memory: memory > 0 ? memory : used, cpus };
}

/** `used` stands in for a memory limit that there is not. */
export function takesOf(spec: unknown, used: number): Amounts {
  const { memory, cpus, cpuQuota, cpuPeriod } = (spec ?? {}) as Record<string, unknown>;
  const quota = Number(cpuQuota) / Number(cpuPeriod);
  return {
    memory: typeof memory === "number" ? memory * bytesPerMebibyte : used,
    cpus: Math.round((Number(cpus) || quota || 0) * 1_000),
  };
}
