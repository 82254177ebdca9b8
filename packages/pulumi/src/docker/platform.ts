import { type Color, hasAddress, type JournalReading, perColor, type Sight } from "@bluegreen/core";
import type { DockerAddress } from "../contracts/addresses.ts";
import type { Platform, Query } from "../contracts/platform.ts";
import type { Site, SiteParts } from "../contracts/site.ts";
import { reasonOf } from "../io/reason.ts";
import { dialsOf } from "../routers/interpret.ts";
import { NoRouter } from "../workers/none.ts";
import type { Docker } from "./api.ts";
import { readLiveFiles } from "./caddy/live-files.ts";
import { CaddyRouter } from "./caddy/router.ts";
import { findCandidate } from "./candidate.ts";
import { tenancyOf } from "./capacity.ts";
import { connectDocker } from "./client.ts";
import { isRemote } from "./engine-host.ts";
import { type Found, findContainers, ignoreGone, removeContainer } from "./inventory.ts";
import { journalIn, routersFolder } from "./journal.ts";
import { lackingOf } from "./lacking.ts";
import { readUnfinished } from "./lease.ts";
import { findNamed, noteRoles, removeNamed } from "./notes.ts";
import { portHoldersOf } from "./ports.ts";
import { lookAtRest, lookAtVolume, throughVolume } from "./router-at-rest.ts";
import { openCaddySite } from "./site.ts";
import { namesakesOf, standingOf } from "./taken-over.ts";
import { DockerWorkers } from "./workers.ts";
import { workersJournal } from "./workers-journal.ts";
import { openWorkersSite } from "./workers-site.ts";

/** Docker on one host. */
export function dockerPlatform(address: DockerAddress): Platform {
  const docker = connectDocker(address.host);
  return {
    view: {
      look: (query) => look(docker, query),
      journal: (app) => readJournalOf(docker, app),
      tenancy: (app) => tenancyOf(docker, app),
      portHolders: (app, ports) => portHoldersOf(docker, app, ports, isRemote(address)),
    },
    takeOver: {
      standing: (app, versions) => standingOf(docker, app, versions),
      namesakes: (name) => namesakesOf(docker, name),
      claims: null,
    },
    parts: {
      lacking: (recorded) => lackingOf(docker, recorded),
      servingRouter: (app) => servingRouter(docker, app),
      makeRoom: (app) => makeRoom(docker, app),
    },
    openSite: async (parts) => openSite(docker, parts),
    findCandidate: (task) => findCandidate(docker, task, isRemote(address)),
    removeLeftovers: (app) => removeLeftovers(docker, app),
  };
}

function openSite(docker: Docker, parts: SiteParts): Site {
  const { router } = parts;
  return hasAddress(router) ? openCaddySite(docker, parts) : openWorkersSite(docker, parts, router);
}

async function look(docker: Docker, query: Query): Promise<Sight> {
  const { app, fronts, deployed } = query;
  if (!fronts.every(({ router }) => hasAddress(router))) return lookAtWorkers(docker, app);
  try {
    const [routers, backends, unfinished] = await Promise.all([
      findContainers(docker, app, "router"),
      findContainers(docker, app, "backend"),
      readUnfinished(docker, app),
    ]);
    const targets = targetsOf(backends, query);
    const router = routers.find((one) => one.running);
    if (!router) {
      if (!deployed) return { kind: "absent" };
      const [stopped] = routers;
      const rest = await (stopped ? lookAtRest(docker, stopped, app, targets) : lookAtVolume(docker, app, targets));
      if (!rest) return { kind: "absent" };
      return { kind: "seen", observation: rest.seen.observation, unfinished, atRest: rest.reason };
    }
    const caddy = new CaddyRouter(docker, {
      container: router.id,
      app,
      live: fronts.map(({ service }) => ({ service })),
    });
    const { observation } = await caddy.observe(targets);
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

async function servingRouter(docker: Docker, app: string): Promise<string | null> {
  const router = (await findContainers(docker, app, "router")).find((one) => one.running);
  return router && (await readLiveFiles(docker, router.id)).backends.length > 0 ? router.name : null;
}

/** By the router's journal, which outlives its container, or by that of an app without one. */
async function readJournalOf(docker: Docker, app: string): Promise<JournalReading> {
  const [router] = await findContainers(docker, app, "router");
  const read = (container: string) => journalIn(docker, { container, folder: routersFolder }).read();
  const routers = await (router ? read(router.id) : throughVolume(docker, app, read));
  return routers ?? workersJournal(docker, app).read();
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
  for (const role of ["backend", "router", "probe"]) {
    for (const leftover of await findContainers(docker, app, role)) await removeContainer(docker, leftover.id);
  }
  for (const role of noteRoles) {
    for (const { Name } of await findNamed(docker, app, role)) await removeNamed(docker, Name);
  }
}
