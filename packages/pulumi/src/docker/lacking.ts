import { type Color, colors, type PerColor, perColor } from "@bluegreen/core";
import type Docker from "dockerode";
import type { Lacking, RecordedApp, ServiceImages } from "../platform.ts";
import { statusOf } from "./client.ts";
import { type Found, findContainers } from "./inventory.ts";
import { labelFilter, labels } from "./labels.ts";

/**
 * What of an app another hand has removed, as `docker system prune -af` does with all that does not run: a router that was
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
  const recorded = colors.flatMap((color) => Object.values(releases[color]?.images ?? {}));
  const ids = [...new Set(recorded.map(({ id }) => id))];
  const digests = await Promise.all(ids.map((id) => digestOf(docker, id)));
  return {
    router: routers.length === 0,
    networks: colors.filter((color) => !hasNetwork(color)),
    containers: perColor((color) => Math.max(0, (releases[color]?.containers ?? 0) - present[color].length)),
    images: await imagesOf(docker, present),
    lost: ids.filter((_, index) => digests[index] === undefined),
  };
}

async function imagesOf(docker: Docker, present: PerColor<readonly Found[]>): Promise<PerColor<ServiceImages>> {
  const [blue, green] = await Promise.all(
    colors.map(async (color) => {
      // All of a service are made of one.
      const byService = new Map(present[color].map(({ service, image }) => [service, image]));
      const images = [...byService].map(async ([service, id]) => {
        return [service, { id, digest: (await digestOf(docker, id)) ?? null }] as const;
      });
      return Object.fromEntries(await Promise.all(images));
    }),
  );
  return { blue: blue ?? {}, green: green ?? {} };
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
