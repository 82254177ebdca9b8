import { setTimeout as sleep } from "node:timers/promises";
import type { Color, PerColor, Replicas } from "@bluegreen/core";
import type Types from "dockerode";
import type { Scaling, Workload } from "../contracts/site.ts";
import { request } from "../io/http-request.ts";
import { reasonOf } from "../io/reason.ts";
import type { Docker } from "./api.ts";
import { statusOf } from "./client.ts";
import { whyNotRunning } from "./inventory.ts";
import { isExclusive, labels } from "./labels.ts";

const pollMs = 250;
/** Deadline of one look at a `ready` path. */
const readyTimeoutMs = 5_000;

/**
 * Why these containers of an app without a live address don't stand as they should, or `null`. All of them are there; they
 * run and are ready, exclusive ones only once they are `live`.
 */
export async function whyNotStanding(
  docker: Docker,
  workloads: readonly Workload[],
  live: boolean,
): Promise<string | null> {
  if (workloads.length === 0) return "it has no container";
  const problems = await Promise.all(workloads.map((workload) => problemOf(docker, workload, live)));
  return problems.find((problem) => problem !== null) ?? null;
}

async function problemOf(docker: Docker, workload: Workload, live: boolean): Promise<string | null> {
  const seen = await inspect(docker, workload.id);
  if (!seen) return `container ${workload.name} is gone`;
  if (isExclusive(seen.Config.Labels) && !live) return null;
  return (await whyNotRunning(docker, [workload])) ?? whyNotAnswering(seen, workload.name);
}

/** A container whose image says how it is checked is asked by Docker; one with a `ready` path is asked here. */
async function whyNotAnswering(seen: Types.ContainerInspectInfo, name: string): Promise<string | null> {
  if (seen.State.Health?.Status === "starting") return `container ${name} is starting, by its health check`;
  const [, port, path = "/"] = /^(\d+)(\/.*)$/.exec(seen.Config.Labels[labels.ready] ?? "") ?? [];
  if (port === undefined) return null;
  try {
    const { [labels.readyHost]: named, [labels.readyScheme]: scheme } = seen.Config.Labels;
    const manner = {
      ...(named === undefined ? {} : { headers: { host: named } }),
      ...(scheme === "https" ? { scheme: "https" as const } : {}),
    };
    const where = { host: hostOf(seen, name), port: Number(port), path };
    const { status } = await request({ ...where, ...manner, timeoutMs: readyTimeoutMs });
    return status === 200 ? null : `container ${name} answered ${path} with ${status}, not 200`;
  } catch (error) {
    return `container ${name}: ${reasonOf(error)}`;
  }
}

/** Where this machine reaches a container, if it is the Docker host. */
export async function addressOf(docker: Docker, name: string): Promise<string> {
  return hostOf(await docker.getContainer(name).inspect(), name);
}

function hostOf({ NetworkSettings }: Types.ContainerInspectInfo, name: string): string {
  const host = Object.values(NetworkSettings.Networks).find(({ IPAddress }) => IPAddress)?.IPAddress;
  if (!host) throw new Error(`container ${name} has no address`);
  return host;
}

/**
 * A color's containers that are not exclusive, started and stopped together: as a candidate before its gates, and as the
 * color that was left. Exclusive ones are the cutover's alone.
 */
export class ContainerScaling implements Scaling {
  private readonly docker: Docker;
  private readonly workloads: PerColor<readonly Workload[]>;

  constructor(docker: Docker, workloads: PerColor<readonly Workload[]>) {
    this.docker = docker;
    this.workloads = workloads;
  }

  async read(color: Color): Promise<Record<string, Replicas>> {
    const sizes: Record<string, Replicas> = {};
    for (const { id, service } of this.workloads[color]) {
      const seen = await inspect(this.docker, id);
      if (!seen || isExclusive(seen.Config.Labels)) continue;
      sizes[service] = { now: (sizes[service]?.now ?? 0) + (seen.State.Running ? 1 : 0), autoscaled: false };
    }
    return sizes;
  }

  async set(color: Color, service: string, replicas: number): Promise<void> {
    const own = this.workloads[color].filter((one) => one.service === service);
    await Promise.all(
      own.map(async ({ id }) => {
        const container = this.docker.getContainer(id);
        await (replicas > 0 ? container.start() : container.stop()).catch((error: unknown) => {
          // It is so already.
          if (statusOf(error) !== 304) throw error;
        });
      }),
    );
  }

  async settle(color: Color, withinMs: number): Promise<string | null> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const reason = await whyNotStanding(this.docker, this.workloads[color], false);
      if (reason === null || performance.now() > deadline) return reason;
      await sleep(pollMs);
    }
  }
}

async function inspect(docker: Docker, id: string): Promise<Types.ContainerInspectInfo | null> {
  try {
    return await docker.getContainer(id).inspect();
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}
