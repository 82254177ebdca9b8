import { bounds, tooLong } from "../io/bounds.ts";
import type { Docker } from "./api.ts";
import { takeApart } from "./exec.ts";

/** What a container printed in the last so many milliseconds by the engine's clock, or since it was started. */
export async function readLogs(docker: Docker, container: string, sinceMs: number | null): Promise<string> {
  const [{ SystemTime }, { Config, State }] = await Promise.all([
    sinceMs === null ? { SystemTime: null } : docker.info(),
    docker.getContainer(container).inspect(),
  ]);
  const began = beginOf(State);
  const since = sinceMs === null ? began : Math.max(began, Date.parse(SystemTime) - sinceMs);
  const stream = await docker.getContainer(container).logs({ since: since / 1_000 });
  const chunks: Buffer[] = [];
  let size = 0;
  const keep = (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
  };
  // A terminal's output is not multiplexed.
  const take = Config.Tty ? keep : takeApart(keep);
  for await (const chunk of stream) {
    take(chunk as Buffer);
    if (size > bounds.logs)
      throw new Error(`${tooLong("what it printed", bounds.logs).message}; ask for a shorter span`);
  }
  return Buffer.concat(chunks).toString();
}

/**
 * The moment, in ms by the engine's clock, after which all that a container printed is its present run's: the end of the
 * run before, or 0. Not `StartedAt`: the engine notes that once the process runs, and a quick one has printed by then.
 */
export function beginOf({ FinishedAt }: { FinishedAt: string }): number {
  return Math.max(0, Date.parse(FinishedAt));
}
