import { type Color, type CutoverRecord, lastAttemptOf, perColor, type Sight } from "@bluegreen/core";
import type Docker from "dockerode";
import type { DockerAddress, Platform, Query, Site, SiteParts } from "../platform.ts";
import { reasonOf } from "../reason.ts";
import { CaddyRouter } from "../router/caddy.ts";
import { NoRouter } from "../router/none.ts";
import { dialsOf } from "../router.ts";
import { findCandidate } from "./candidate.ts";
import { tenancyOf } from "./capacity.ts";
import { connectDocker } from "./client.ts";
import { type Found, findContainers, ignoreGone, removeContainer } from "./inventory.ts";
import { readRecords, routersFolder, workersFolder } from "./journal.ts";
import { readUnfinished } from "./lease.ts";
import { DockerSite } from "./site.ts";
import { DockerWorkers } from "./workers.ts";
import { DockerWorkersSite } from "./workers-site.ts";

/** Docker on one host. */
export function dockerPlatform({ host }: DockerAddress): Platform {
  const docker = connectDocker(host);
  return {
    tenancy: (app) => tenancyOf(docker, app),
    look: (query) => look(docker, query),
    lastAttempt: (app) => lastAttempt(docker, app),
    makeRoom: (app) => makeRoom(docker, app),
    openSite: async (parts) => openSite(docker, parts),
    findCandidate: (task) => findCandidate(docker, task),
    removeLeftovers: (app) => removeLeftovers(docker, app),
  };
}

function openSite(docker: Docker, parts: SiteParts): Site {
  const { router } = parts;
  return router.kind === "none" ? new DockerWorkersSite(docker, parts, router) : new DockerSite(docker, parts);
}

async function look(docker: Docker, query: Query): Promise<Sight> {
  const { app, fronts, deployed } = query;
  if (fronts[0]?.router.kind === "none") return lookAtWorkers(docker, app);
  try {
    const [routers, backends, unfinished] = await Promise.all([
      findContainers(docker, app, "router"),
      findContainers(docker, app, "backend"),
      readUnfinished(docker, app),
    ]);
    const router = routers.find((one) => one.running);
    if (!router) {
      const stopped = routers[0];
      if (!stopped || !deployed) return { kind: "absent" };
      return { kind: "unreachable", reason: `the router's container ${stopped.name} is not running` };
    }
    const caddy = new CaddyRouter(docker, {
      container: router.id,
      app,
      live: fronts.map(({ service }) => ({ service })),
    });
    const { observation } = await caddy.observe(targetsOf(backends, query));
    return { kind: "seen", observation, unfinished };
  } catch (error) {
    return { kind: "unreachable", reason: reasonOf(error) };
  }
}

async function lookAtWorkers(docker: Docker, app: string): Promise<Sight> {
  try {
    const [backends, unfinished] = await Promise.all([
      findContainers(docker, app, "backend"),
      readUnfinished(docker, app),
    ]);
    const targets = perColor((color) => backends.filter((one) => one.color === color).map(({ name }) => name));
    const { observation } = await new NoRouter(new DockerWorkers(docker, app)).observe(targets);
    return { kind: "seen", observation, unfinished };
  } catch (error) {
    return { kind: "unreachable", reason: reasonOf(error) };
  }
}

async function lastAttempt(docker: Docker, app: string): Promise<CutoverRecord | null> {
  const [[router], [journal]] = await Promise.all([
    findContainers(docker, app, "router"),
    findContainers(docker, app, "journal"),
  ]);
  const holder = router ?? journal;
  if (!holder) return null;
  const folder = router ? routersFolder : workersFolder;
  return lastAttemptOf(await readRecords(docker, { container: holder.id, folder }));
}

function targetsOf(backends: readonly Found[], { fronts, reach }: Query) {
  const exposed = fronts.map(({ service }) => service);
  const of = (color: Color) => backends.filter((one) => one.color === color);
  return perColor((color) => dialsOf(of(color), exposed, reach[color]));
}

/**
 * A run that was killed while it created the router leaves one that holds the live port. All are stopped here; the gates
 * start the one that was recorded.
 */
async function makeRoom(docker: Docker, app: string): Promise<void> {
  const running = (await findContainers(docker, app, "router")).filter((one) => one.running);
  for (const router of running) await docker.getContainer(router.id).stop({ t: 1 }).catch(ignoreGone);
}

async function removeLeftovers(docker: Docker, app: string): Promise<void> {
  for (const role of ["backend", "router", "probe", "lease", "record", "journal"]) {
    for (const leftover of await findContainers(docker, app, role)) await removeContainer(docker, leftover.id);
  }
}
