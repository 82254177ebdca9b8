import { type Color, isColor } from "@bluegreen/core";
import { reasonOf } from "../io/reason.ts";
import type { Docker } from "./api.ts";
import { statusOf } from "./client.ts";
import { isExclusive, labelFilter, labels } from "./labels.ts";

/** One container of a color, as the environment recorded it. */
export interface Backend {
  readonly id: string;
  readonly name: string;
  readonly service: string;
}

export interface Found extends Backend {
  readonly color: Color | null;
  readonly release: string;
  /** Id of the image that it was made of. */
  readonly image: string;
  readonly running: boolean;
  /** In Docker's words: `created`, `running`, `restarting`, `exited` … */
  readonly state: string;
  /** Its name with a mark, if it has one. */
  readonly listed: string;
  readonly exclusive: boolean;
}

/** Created and never started: a run was killed in between. It may be in no network at all. */
export function isHalfMade({ state, exclusive }: Found): boolean {
  return state === "created" && !exclusive;
}

/** What a mark (`Workers.mark`) adds to a container's name. */
const marked = /\.mark-[0-9a-f]{8}$/;

export function markedName(name: string, mark: string): string {
  return `${name}.mark-${mark}`;
}

/** All containers of an app instance with this role, running or not, whoever made them. */
export async function findContainers(
  docker: Docker,
  app: string,
  role: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Found[]> {
  const filters = labelFilter({ [labels.app]: app, [labels.role]: role, ...more });
  const list = await docker.listContainers({ all: true, filters });
  return list.map((one) => {
    const color = one.Labels[labels.color];
    const listed = (one.Names[0] ?? one.Id).replace(/^\//, "");
    return {
      id: one.Id,
      name: listed.replace(marked, ""),
      listed,
      state: one.State,
      service: one.Labels[labels.service] ?? "",
      color: isColor(color) ? color : null,
      release: one.Labels[labels.release] ?? "",
      image: one.ImageID,
      running: one.State === "running",
      exclusive: isExclusive(one.Labels),
    };
  });
}

/** An image that the engine has, for containers that are never started: one of the app's own, or any, once those are gone. */
export async function imageOf(docker: Docker, app: string): Promise<string> {
  const filters = labelFilter({ [labels.app]: app, [labels.role]: "backend" });
  const [container] = await docker.listContainers({ all: true, filters });
  if (container) return container.ImageID;
  const [image] = await docker.listImages();
  if (!image) throw new Error("the Docker Engine has no image that the app's record could be a container of");
  return image.Id;
}

/** Why these containers can't serve now, or `null` when all of them run and none says that it is unhealthy. */
export async function whyNotRunning(docker: Docker, backends: readonly Backend[]): Promise<string | null> {
  if (backends.length === 0) return "it has no container";
  const problems = await Promise.all(backends.map((backend) => problemOf(docker, backend)));
  return problems.find((problem) => problem !== null) ?? null;
}

async function problemOf(docker: Docker, backend: Backend): Promise<string | null> {
  try {
    const { State: state } = await docker.getContainer(backend.id).inspect();
    if (state.Restarting) return `container ${backend.name} keeps restarting (exit code ${state.ExitCode})`;
    if (!state.Running)
      return `container ${backend.name} is ${state.Status} (exit code ${state.ExitCode})${said(state)}`;
    if (state.Paused) return `container ${backend.name} is paused`;
    if (state.Health?.Status === "unhealthy") return `container ${backend.name} says it is unhealthy`;
    return null;
  } catch (error) {
    if (statusOf(error) === 404) return `container ${backend.name} is gone`;
    return `container ${backend.name} can't be inspected: ${reasonOf(error)}`;
  }
}

/** What Docker says of a container that it could not start. */
function said({ Error: error }: { readonly Error?: string }): string {
  return error ? `: ${error}` : "";
}

/** Those of these containers that are gone. */
export async function missingAmong(docker: Docker, backends: readonly Backend[]): Promise<string[]> {
  const all = await docker.listContainers({ all: true });
  const gone = backends.filter(({ id }) => !all.some(({ Id }) => Id === id));
  return gone.map(({ name }) => `container ${name} is gone`);
}

/** Those of these containers that ended by themselves and were started again. */
export async function crashesOf(docker: Docker, backends: readonly Backend[]): Promise<string[]> {
  const crashes = backends.map(async ({ id, name }) => {
    const restarts = await restartsOf(docker, id);
    return restarts > 0 ? [`container ${name} ended, restart ${restarts}`] : [];
  });
  return (await Promise.all(crashes)).flat();
}

async function restartsOf(docker: Docker, id: string): Promise<number> {
  try {
    return (await docker.getContainer(id).inspect()).RestartCount;
  } catch (error) {
    // That it is gone is for the checks of the live address to find.
    if (statusOf(error) === 404) return 0;
    throw error;
  }
}

/** What the runs of an app have recorded; everything else that carries its label was left by a killed run. */
export interface RecordedParts {
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  /** See `SiteParts`. */
  readonly later?: Color | undefined;
}

/** What carries the app's label and was recorded by no run: a killed one left it. */
export interface Leftovers {
  readonly containers: readonly Found[];
  readonly networks: readonly { readonly id: string; readonly name: string }[];
}

export async function findLeftovers(docker: Docker, app: string, recorded: RecordedParts): Promise<Leftovers> {
  const [backends, routers, probes, networks] = await Promise.all([
    findContainers(docker, app, "backend"),
    findContainers(docker, app, "router"),
    findContainers(docker, app, "probe"),
    docker.listNetworks({ filters: labelFilter({ [labels.app]: app }) }),
  ]);
  return {
    containers: [...backends, ...routers, ...probes].filter(
      ({ id, color }) => !recorded.containers.includes(id) && (color === null || color !== recorded.later),
    ),
    networks: networks
      .filter((network) => !recorded.networks.includes(network.Id))
      .map(({ Id, Name }) => ({ id: Id, name: Name })),
  };
}

/** Removes leftovers; a container that the router sends live traffic to is never removed. */
export async function sweep(docker: Docker, leftovers: Leftovers, live: readonly string[]): Promise<void> {
  const idle = leftovers.containers.filter((one) => !live.includes(one.name));
  for (const leftover of idle) await removeContainer(docker, leftover.id);
  for (const network of leftovers.networks) await docker.getNetwork(network.id).remove().catch(ignoreGone);
}

export async function removeContainer(docker: Docker, id: string): Promise<void> {
  await docker.getContainer(id).remove({ force: true, v: true }).catch(ignoreGone);
}

/** Already gone, or being removed by somebody else, is what was wanted. */
export function ignoreGone(error: unknown): void {
  if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
}
