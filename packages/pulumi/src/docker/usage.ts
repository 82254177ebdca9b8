import type Types from "dockerode";
import type { Usage } from "../contracts/check.ts";
import type { Container, Docker } from "./api.ts";

/** The limit that a container has of CPUs, said in either of Docker's two ways; 0 for none. */
export function cpusOf({ NanoCpus = 0, CpuQuota = 0, CpuPeriod = 0 }: Types.HostConfig): number {
  return NanoCpus > 0 ? NanoCpus / 1e9 : CpuQuota > 0 ? CpuQuota / (CpuPeriod || 100_000) : 0;
}

/** As `docker stats` counts: the engine itself takes two looks, a second apart. */
export async function usageOf(docker: Docker, container: string): Promise<Usage> {
  const one = docker.getContainer(container);
  const [stats, { HostConfig }] = await Promise.all([statsOf(one, false), one.inspect()]);
  if (!stats) throw new Error("it has ended");
  const { cpu_stats: now, precpu_stats: before } = stats;
  const spanNs = (Date.parse(stats.read) - Date.parse(stats.preread)) * 1e6;
  const usedNs = now.cpu_usage.total_usage - before.cpu_usage.total_usage;
  return {
    cpu: spanNs > 0 && before.cpu_usage.total_usage > 0 ? usedNs / spanNs : null,
    cpuLimit: cpusOf(HostConfig) || null,
    memory: memoryInUse(stats),
    memoryLimit: HostConfig.Memory || null,
  };
}

/** `once`: one look, without a rate of anything. `null` for a container that ends meanwhile: the engine says nothing then. */
export async function statsOf(one: Container, once: boolean): Promise<Types.ContainerStats | null> {
  const stats = await one.stats({ "one-shot": once });
  return stats.memory_stats ? (stats as Types.ContainerStats) : null;
}

/** Bytes, without files that were read and could be dropped; `null` when the engine does not tell. */
export function memoryInUse({ memory_stats: { usage, stats } }: Types.ContainerStats): number | null {
  // cgroup 2 and cgroup 1 have other names for them.
  const droppable = stats?.inactive_file ?? stats?.total_inactive_file ?? 0;
  return usage === undefined ? null : Math.max(0, usage - droppable);
}
