import { type Color, colors, perColor } from "@bluegreen/core";
import type { Lacking, RecordedApp, ServiceImages } from "../contracts/platform.ts";
import type { Docker } from "./api.ts";
import { statusOf } from "./client.ts";
import { type Found, findContainers } from "./inventory.ts";
import { labelFilter, labels } from "./labels.ts";

/**
 * What of an app someone else has removed, as `docker system prune -af` does with all that does not run: a router that was
 * stopped, the containers of an idle color, its network. What state says of them stays as it was.
 */
export async function lackingOf(docker: Docker, { app, releases }: RecordedApp): Promise<Lacking> {
  const [routers, backends, networks] = await Promise.all([
    findContainers(docker, app, "router"),
    findContainers(docker, app, "backend"),
    docker.listNetworks({ filters: labelFilter({ [labels.app]: app }) }),
  ]);
  const hasNetwork = (color: Color) => networks.some(({ Labels }) => Labels?.[labels.color] === color);
  const present = perColor((color) =>
    backends.filter((one) => one.color === color && one.release === releases[color]?.version),
  );
  const recorded = colors.flatMap((color) => Object.values(releases[color]?.images ?? {}).map(({ id }) => id));
  const made = colors.flatMap((color) => present[color].map(({ image }) => image));
  const ids = [...new Set([...recorded, ...made])];
  const digests = new Map(await Promise.all(ids.map(async (id) => [id, await digestOf(docker, id)] as const)));
  return {
    router: routers.length === 0,
    networks: colors.filter((color) => !hasNetwork(color)),
    containers: perColor((color) => Math.max(0, (releases[color]?.containers ?? 0) - present[color].length)),
    images: perColor((color) => imagesOf(present[color], digests)),
    lost: [...new Set(recorded)].filter((id) => digests.get(id) === undefined),
  };
}

/** All of a service are made of one. */
function imagesOf(
  containers: readonly Found[],
  digests: ReadonlyMap<string, string | null | undefined>,
): ServiceImages {
  return Object.fromEntries(
    containers.map(({ service, image }) => [service, { id: image, digest: digests.get(image) ?? null }]),
  );
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
