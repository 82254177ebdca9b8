import { setTimeout as sleep } from "node:timers/promises";
import type { Usage } from "../contracts/check.ts";
import type { KubernetesClient } from "./client.ts";
import { type Place, runExec } from "./exec.ts";
import type { Pod } from "./objects.ts";
import { quantity } from "./quantity.ts";

/** Between two looks at the time that a container has had. Milliseconds. */
const spanMs = 1_000;
const execTimeoutMs = 10_000;

/** By the metrics API where the cluster has one, else by what the kernel tells inside the container. */
export async function usageOf(client: KubernetesClient, { spec }: Pod, place: Place): Promise<Usage> {
  const { limits = {} } = spec.containers.find(({ name }) => name === place.container)?.resources ?? {};
  const cpuLimit = limits.cpu === undefined ? null : quantity(limits.cpu);
  const memoryLimit = limits.memory === undefined ? null : quantity(limits.memory);
  return { ...((await byMetrics(client, place)) ?? (await byKernel(client, place))), cpuLimit, memoryLimit };
}

type Used = Pick<Usage, "cpu" | "memory">;

async function byMetrics(client: KubernetesClient, { pod, container }: Place): Promise<Used | null> {
  const metrics = await client.metricsOf(pod).catch(() => null);
  const own = metrics?.containers.find(({ name }) => name === container);
  return own ? { cpu: quantity(own.usage.cpu), memory: quantity(own.usage.memory) } : null;
}

async function byKernel(client: KubernetesClient, place: Place): Promise<Used> {
  const before = await cgroupOf(client, place);
  if (before === null) return { cpu: null, memory: null };
  await sleep(spanMs);
  const after = await cgroupOf(client, place);
  if (after === null) return { cpu: null, memory: null };
  const seconds = after.uptime - before.uptime;
  const cpu = seconds > 0 ? (after.cpuSeconds - before.cpuSeconds) / seconds : Number.NaN;
  return { cpu: Number.isFinite(cpu) ? cpu : null, memory: Number.isFinite(after.memory) ? after.memory : null };
}

/** Of both versions of control groups; builtins of a shell only, which small images have. */
const script = `read -r up _ < /proc/uptime; echo "uptime $up"; cd /sys/fs/cgroup || exit 1
for file in cpu.stat cpuacct/cpuacct.usage memory.current memory/memory.usage_in_bytes memory.stat memory/memory.stat; do
  [ -r $file ] && while read -r line; do echo "$file $line"; done < $file
done; exit 0`;

interface Cgroup {
  /** Seconds. */
  readonly uptime: number;
  readonly cpuSeconds: number;
  readonly memory: number;
}

async function cgroupOf(client: KubernetesClient, place: Place): Promise<Cgroup | null> {
  const ran = await runExec(client, place, ["sh", "-c", script], execTimeoutMs).catch(() => null);
  return ran?.exit === 0 ? parseCgroup(ran.output) : null;
}

export function parseCgroup(text: string): Cgroup {
  const values = new Map(
    text.split("\n").map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at + 1))] as const;
    }),
  );
  const value = (key: string) => values.get(key) ?? Number.NaN;
  const [two, one] = [value("cpu.stat usage_usec") / 1e6, value("cpuacct/cpuacct.usage") / 1e9];
  const used = values.get("memory.current") ?? value("memory/memory.usage_in_bytes");
  const droppable =
    values.get("memory.stat inactive_file") ?? values.get("memory/memory.stat total_inactive_file") ?? 0;
  return { uptime: value("uptime"), cpuSeconds: Number.isNaN(two) ? one : two, memory: used - droppable };
}
