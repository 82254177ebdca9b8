import { type Amounts, type Color, isColor, type Occupant, otherColor } from "@bluegreen/core";
import type Docker from "dockerode";
import type { Capacity } from "../platform.ts";
import { statusOf } from "./client.ts";
import { labels } from "./labels.ts";
import { memoryInUse } from "./usage.ts";

const host = "on the Docker host";
const bytesPerMebibyte = 1_048_576;
/** Docker counts CPUs in billionths, and here they are counted in thousandths. */
const nanoCpus = 1_000_000;

/**
 * The host's memory and CPUs. A container of the app takes its limits; one without a limit, and everybody else's, takes
 * the memory that it uses now. CPUs are only what limits promise, since whoever uses none leaves them to the others. What
 * runs on the host outside of containers is not seen.
 */
export async function measure(docker: Docker, app: string): Promise<Capacity> {
  const [{ MemTotal: memory, NCPU: cpus }, running] = await Promise.all([docker.info(), docker.listContainers()]);
  const taken = (
    await Promise.all(running.map(async ({ Id, Labels }) => ({ labels: Labels, takes: await takenBy(docker, Id) })))
  ).filter((one) => one.takes !== null) as { labels: Record<string, string>; takes: Taken }[];
  const mine = taken.filter((one) => one.labels[labels.app] === app && one.labels[labels.role] === "backend");
  const used = taken.map((one) => (mine.includes(one) ? promisedBy(one.takes) : { memory: one.takes.used, cpus: 0 }));
  const sum = (key: "memory" | "cpus") => used.reduce((total, amounts) => total + (amounts[key] ?? 0), 0);
  const free = { memory: memory - sum("memory"), cpus: cpus * 1_000 - sum("cpus") };
  const occupants = mine.map((one): Occupant & { uses: number } => ({
    color: one.labels[labels.color] as Color,
    service: one.labels[labels.service] ?? "",
    takes: promisedBy(one.takes),
    rooms: [host],
    uses: one.takes.used,
  }));
  return {
    pools: [{ name: host, rooms: [{ name: host, free }] }],
    occupants: occupants.filter(({ color }) => isColor(color)),
    unseen: [],
    scales: false,
    replacesLiveBeside: false,
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
    const [{ HostConfig: limits }, stats] = await Promise.all([
      container.inspect(),
      container.stats({ stream: false, "one-shot": true }),
    ]);
    const cpus = Math.round((limits.NanoCpus ?? 0) / nanoCpus);
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
  const { memory, cpus } = (spec ?? {}) as { memory?: unknown; cpus?: unknown };
  return {
    memory: typeof memory === "number" ? memory * bytesPerMebibyte : used,
    cpus: Math.round((Number(cpus) || 0) * 1_000),
  };
}
