import type { Color } from "@bluegreen/core";
import type { Remains } from "../contracts/site.ts";
import type { Docker } from "./api.ts";
import { statusOf } from "./client.ts";
import { findContainers, ignoreGone, isHalfMade } from "./inventory.ts";
import { labels } from "./labels.ts";

const shownContainers = 3;

/**
 * The containers of one release of a color, whoever made them. Stopped ones stay, and so does what they printed. Whether
 * exclusive ones run is the cutover's word alone.
 */
export function remainsOf(docker: Docker, app: string, color: Color, release: string): Remains {
  const all = () => findContainers(docker, app, "backend", { [labels.color]: color, [labels.release]: release });
  const find = async () => (await all()).filter((one) => !one.exclusive);
  return {
    runs: async () => (await find()).some((one) => one.running),
    async start() {
      const stopped = (await find()).filter((one) => !one.running && !isHalfMade(one));
      const begun = await Promise.all(stopped.map(({ id }) => docker.getContainer(id).start().then(began, wasRunning)));
      return begun.includes(true);
    },
    async stop(fenced) {
      for (const { id } of await find()) {
        const reason = await fenced();
        if (reason !== null) return reason;
        // One that is stopped already, or keeps being restarted, is told all the same: 304, or it ends for good.
        await docker.getContainer(id).stop().catch(ignoreStopped);
      }
      return null;
    },
    async look() {
      const names = (await all()).map(({ name }) => `\`docker logs ${name}\``);
      const more = names.length > shownContainers ? ` and ${names.length - shownContainers} more` : "";
      return names.length === 0 ? "" : `what it printed: ${names.slice(0, shownContainers).join(", ")}${more}`;
    },
  };
}

const began = () => true;

function wasRunning(error: unknown): boolean {
  if (statusOf(error) === 304) return false;
  throw error;
}

function ignoreStopped(error: unknown): void {
  if (statusOf(error) !== 304) ignoreGone(error);
}
