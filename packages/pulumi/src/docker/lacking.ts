import { type Color, colors, perColor } from "@bluegreen/core";
import type Docker from "dockerode";
import type { Lacking, RecordedApp } from "../platform.ts";
import { statusOf } from "./client.ts";
import { findContainers } from "./inventory.ts";
import { labelFilter, labels } from "./labels.ts";

/**
 * What of an app another hand has removed, as `docker system prune -af` does with all that does not run: a router that was
 * stopped, the containers of an idle color, its network. What state says of them stays as it was.
 */
export async function lackingOf(docker: Docker, { app, releases }: RecordedApp): Promise<Lacking> {
  const ids = colors.flatMap((color) => releases[color]?.images ?? []);
  const [routers, backends, networks, images] = await Promise.all([
    findContainers(docker, app, "router"),
    findContainers(docker, app, "backend"),
    docker.listNetworks({ filters: labelFilter({ [labels.app]: app }) }),
    Promise.all([...new Set(ids)].map(async (id) => [id, await digestOf(docker, id)] as const)),
  ]);
  const hasNetwork = (color: Color) => networks.some(({ Labels }) => Labels?.[labels.color] === color);
  const present = (color: Color) =>
    backends.filter((one) => one.color === color && one.release === releases[color]?.version).length;
  return {
    router: routers.length === 0,
    networks: colors.filter((color) => !hasNetwork(color)),
    containers: perColor((color) => Math.max(0, (releases[color]?.containers ?? 0) - present(color))),
    images: Object.fromEntries(images.flatMap(([id, digest]) => (digest === undefined ? [] : [[id, digest]]))),
  };
}

/** `undefined` for an image that is not there, `null` for one that no registry is known to have. */
async function digestOf(docker: Docker, image: string): Promise<string | null | undefined> {
  try {
    return (await docker.getImage(image).inspect()).RepoDigests?.[0] ?? null;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
