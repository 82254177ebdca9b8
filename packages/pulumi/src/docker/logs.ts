import type Docker from "dockerode";
import { demultiplexed } from "./exec.ts";

/** More than that would not be looked through in time. */
const limitBytes = 32 << 20;

/** What a container printed in the last so many milliseconds by the engine's clock, or since it was started. */
export async function readLogs(docker: Docker, container: string, sinceMs: number | null): Promise<string> {
  const [{ SystemTime }, { Config, State }] = await Promise.all([
    sinceMs === null ? { SystemTime: null } : docker.info(),
    docker.getContainer(container).inspect(),
  ]);
  const began = beginOf(State);
  const since = sinceMs === null ? began : Math.max(began, Date.parse(SystemTime) - sinceMs);
  const options = { stdout: true, stderr: true, follow: false, since: since / 1_000 } as const;
  const printed: Buffer = await docker.getContainer(container).logs(options);
  if (printed.length > limitBytes)
    throw new Error(`it printed more than ${limitBytes >> 20} MiB; ask for a shorter span`);
  // A terminal's output is not multiplexed.
  return Config.Tty ? printed.toString() : demultiplexed(printed).toString();
}

/**
 * The moment, in ms by the engine's clock, after which all that a container printed is its present run's: the end of the
 * run before, or 0. Not `StartedAt`: the engine notes that once the process runs, and a quick one has printed by then.
 */
export function beginOf({ FinishedAt }: { FinishedAt: string }): number {
  return Math.max(0, Date.parse(FinishedAt));
}
