import { setTimeout as sleep } from "node:timers/promises";
import { reasonOf } from "../io/reason.ts";
import type { Docker } from "./api.ts";
import { readLiveFiles } from "./caddy/live-files.ts";
import { statusOf } from "./client.ts";

const pollMs = 100;
/** How long Caddy has to answer once its container runs. Milliseconds. */
const readyWithinMs = 20_000;

/**
 * Brings the router up, whoever stopped or paused it, and waits until it leads somewhere. Before the first color is live the
 * interlock stops every router that it finds, so that no leftover holds the port.
 */
export async function wakeRouter(docker: Docker, router: string): Promise<void> {
  const container = docker.getContainer(router);
  try {
    const { Name, State } = await container.inspect();
    if (State.Running && !State.Paused && !State.Restarting) {
      const runsForMs = Date.now() - Date.parse(State.StartedAt);
      return runsForMs > readyWithinMs ? undefined : await untilReady(docker, router);
    }
    console.error(`the router's container ${Name.slice(1)} is ${State.Status}, and is started`);
    if (State.Paused) await container.unpause();
    else await container.start().catch(ignoreRunning);
    await untilReady(docker, router);
  } catch (error) {
    if (statusOf(error) === 404)
      throw new Error("the router's container is gone; the next `pulumi up` makes a new one");
    throw new Error(
      `the router can't be started (\`docker logs ${router.slice(0, 12)}\` may say why): ${reasonOf(error)}`,
    );
  }
}

async function untilReady(docker: Docker, router: string): Promise<void> {
  const deadline = performance.now() + readyWithinMs;
  for (;;) {
    const reason = await readLiveFiles(docker, router).then(() => null, reasonOf);
    if (reason === null) return;
    if (performance.now() > deadline) throw new Error(reason);
    await sleep(pollMs);
  }
}

function ignoreRunning(error: unknown): void {
  if (statusOf(error) !== 304) throw error;
}
