import type { Color, DrainRecord } from "@bluegreen/core";
import type { Workload } from "../contracts/site.ts";
import { reasonOf } from "../io/reason.ts";
import type { Docker } from "./api.ts";

/**
 * Caddy moves kept-alive connections with their next request; what stays is what it upgraded, websockets. They end with
 * the container that holds them, so the idle color's containers are restarted: each is asked to end (SIGTERM), has
 * `withinMs` to do so, and comes back as what it was, warm for a rollback.
 */
export async function restartContainers(
  docker: Docker,
  color: Color,
  containers: readonly Workload[],
  withinMs: number,
  fenced: () => Promise<string | null>,
): Promise<DrainRecord> {
  const started = Date.now();
  const remaining: string[] = [];
  const restart = async ({ id, name }: Workload) => {
    try {
      if ((await fenced()) !== null) return void remaining.push(name);
      await docker.getContainer(id).restart({ t: Math.max(1, Math.ceil(withinMs / 1_000)) });
    } catch (error) {
      console.error(`${name} was not drained: ${reasonOf(error)}`);
      remaining.push(name);
    }
  };
  await Promise.all(containers.map(restart));
  const backends = containers.length;
  return { color, withinMs, ms: Date.now() - started, backends, moved: backends - remaining.length, remaining };
}
