import { type Color, isColor } from "@bluegreen/core";
import type Docker from "dockerode";
import { reasonOf, statusOf } from "./client.ts";
import { labelFilter, labels } from "./labels.ts";

/** One container of a color, as the environment recorded it. */
export interface Backend {
  readonly id: string;
  readonly name: string;
  readonly service: string;
}

export interface Found extends Backend {
  readonly color: Color | null;
  readonly release: string;
  readonly running: boolean;
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
    return {
      id: one.Id,
      name: (one.Names[0] ?? one.Id).replace(/^\//, ""),
      service: one.Labels[labels.service] ?? "",
      color: isColor(color) ? color : null,
      release: one.Labels[labels.release] ?? "",
      running: one.State === "running",
    };
  });
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
    if (!state.Running) return `container ${backend.name} is ${state.Status} (exit code ${state.ExitCode})`;
    if (state.Paused) return `container ${backend.name} is paused`;
    if (state.Health?.Status === "unhealthy") return `container ${backend.name} says it is unhealthy`;
    return null;
  } catch (error) {
    if (statusOf(error) === 404) return `container ${backend.name} is gone`;
    return `container ${backend.name} can't be inspected: ${reasonOf(error)}`;
  }
}

/** What the runs of an app have recorded; everything else that carries its label was left by a killed run. */
export interface RecordedParts {
  readonly containers: readonly string[];
  readonly networks: readonly string[];
}

/** The app's containers that no run recorded. */
export async function findLeftovers(docker: Docker, app: string, recorded: RecordedParts): Promise<Found[]> {
  const roles = await Promise.all(["backend", "router"].map((role) => findContainers(docker, app, role)));
  return roles.flat().filter((one) => !recorded.containers.includes(one.id));
}

/**
 * Removes what a killed run left: containers and networks labelled as this app's that no run recorded. A container that
 * the router sends live traffic to is never removed.
 */
export async function sweep(
  docker: Docker,
  app: string,
  recorded: RecordedParts,
  live: readonly string[],
): Promise<string[]> {
  const leftovers = (await findLeftovers(docker, app, recorded)).filter((one) => !live.includes(one.name));
  for (const leftover of leftovers) await removeContainer(docker, leftover.id);
  const networks = await docker.listNetworks({ filters: labelFilter({ [labels.app]: app }) });
  const unknown = networks.filter((network) => !recorded.networks.includes(network.Id));
  for (const network of unknown) await docker.getNetwork(network.Id).remove().catch(ignoreGone);
  return [...leftovers.map((one) => one.name), ...unknown.map((one) => one.Name)];
}

export async function removeContainer(docker: Docker, id: string): Promise<void> {
  await docker.getContainer(id).remove({ force: true, v: true }).catch(ignoreGone);
}

/** Already gone, or being removed by somebody else, is what was wanted. */
export function ignoreGone(error: unknown): void {
  if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
}
