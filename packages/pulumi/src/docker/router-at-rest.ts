import type { Seen, Targets } from "../contracts/router.ts";
import type { Docker } from "./api.ts";
import { CaddyRouter } from "./caddy/router.ts";
import { statusOf } from "./client.ts";
import { type Found, imageOf, removeContainer } from "./inventory.ts";
import { labels } from "./labels.ts";

/** What the router of an app will do once it runs, and why it does not. */
export interface AtRest {
  readonly seen: Seen;
  readonly reason: string;
}

/** Name of the volume with where traffic goes, which outlives the router's container. */
export const routerVolume = (app: string) => `${app}-router`;

/** Of a router's container that was stopped, paused, or keeps being restarted. */
export async function lookAtRest(docker: Docker, router: Found, app: string, targets: Targets): Promise<AtRest> {
  const caddy = new CaddyRouter(docker, { container: router.id, app, live: [], atRest: true });
  const reason = `the router's container ${router.name} is ${router.state}; \`pulumi up\` starts it`;
  return { seen: await caddy.observe(targets), reason };
}

/** Of one whose container is gone. `null` where it has left no volume. */
export function lookAtVolume(docker: Docker, app: string, targets: Targets): Promise<AtRest | null> {
  const reason = "the router's container is gone; `pulumi up` makes a new one";
  return throughVolume(docker, app, async (container) => {
    const caddy = new CaddyRouter(docker, { container, app, live: [], atRest: true });
    return { seen: await caddy.observe(targets), reason };
  });
}

/** Reads the router's volume through a container that never runs, and is removed at once. `null` where there is none. */
export async function throughVolume<T>(
  docker: Docker,
  app: string,
  read: (container: string) => Promise<T>,
): Promise<T | null> {
  if (!(await exists(docker, routerVolume(app)))) return null;
  const { id } = await docker.createContainer({
    Image: await imageOf(docker, app),
    Cmd: ["true"],
    NetworkDisabled: true,
    Labels: { [labels.app]: app, [labels.role]: "probe" },
    HostConfig: { Binds: [`${routerVolume(app)}:/data:ro`] },
  });
  try {
    return await read(id);
  } finally {
    await removeContainer(docker, id);
  }
}

async function exists(docker: Docker, volume: string): Promise<boolean> {
  try {
    await docker.getVolume(volume).inspect();
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}
