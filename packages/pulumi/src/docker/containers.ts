import { once } from "node:events";
import net from "node:net";
import type { Duplex } from "node:stream";
import { inManner, type Manner, mannerOf, portOf } from "../checks/parts/reach.ts";
import type { ContainerMeasures, Entrance, Restarts, RunningContainer, Usage } from "../contracts/check.ts";
import type { Reaches } from "../contracts/release.ts";
import { within } from "../io/deadline.ts";
import { request } from "../io/http-request.ts";
import type { Docker } from "./api.ts";
import { openExec, runExec } from "./exec.ts";
import type { Backend } from "./inventory.ts";
import { readLogs } from "./logs.ts";
import { addressOf } from "./standing.ts";
import { openProvenTunnel, type TunnelAgents } from "./tunnel.ts";
import { usageOf } from "./usage.ts";

/** Deadline of one question to the Docker Engine. Milliseconds. */
const engineTimeoutMs = 20_000;

/** From where a color's containers are asked: the router's container, from which live traffic comes, too. */
export interface Outpost {
  readonly container: string;
  /** Their connections are tunnels from there. */
  readonly agents: TunnelAgents;
}

function directEntrance(
  of: { readonly name: string; readonly service: string },
  at: { readonly port: number; readonly manner: Manner },
  find: () => Promise<string>,
): Entrance {
  const { port } = at;
  return {
    ...of,
    request: async (asked) => request({ ...inManner(at.manner, asked), host: await find(), port }),
    connect: async (other, timeoutMs) => {
      const socket = net.connect({ host: await find(), port: other ?? port });
      await within(timeoutMs, once(socket, "connect"), "no connection").catch((error) => {
        socket.destroy();
        throw error;
      });
      return socket;
    },
  };
}

/** A container as checks see it. */
export class DockerContainer implements RunningContainer {
  readonly name: string;
  readonly service: string;
  readonly measures: ContainerMeasures = { restarts: () => this.restarts(), usage: () => this.usage() };
  private readonly docker: Docker;
  private readonly id: string;
  private readonly reaches: Reaches;
  private readonly outpost: Outpost | null;

  /** `outpost`: `null` where there is no router; then this machine asks the container's own address. */
  constructor(docker: Docker, { id, name, service }: Backend, reaches: Reaches, outpost: Outpost | null) {
    this.docker = docker;
    this.id = id;
    this.name = name;
    this.service = service;
    this.reaches = reaches;
    this.outpost = outpost;
  }

  entrance(named?: number): Entrance {
    const port = portOf(this.service, this.reaches, named);
    const { id, name, service, outpost, docker } = this;
    const manner = mannerOf(this.reaches[service], port);
    if (!outpost) return directEntrance({ name, service }, { port, manner }, () => addressOf(docker, id));
    return {
      name,
      service,
      request: (given) => {
        const asked = inManner(manner, given);
        return request({ ...asked, host: name, port, agent: outpost.agents.over(asked.scheme) });
      },
      connect: (other, timeoutMs) => openProvenTunnel(docker, outpost.container, name, other ?? port, timeoutMs),
    };
  }

  exec(command: readonly string[], timeoutMs: number) {
    return runExec(this.docker, this.id, command, timeoutMs);
  }

  open(command: readonly string[]): Promise<Duplex> {
    return openExec(this.docker, this.id, command);
  }

  logs(sinceMs: number | null): Promise<string> {
    return this.bounded(readLogs(this.docker, this.id, sinceMs));
  }

  private async restarts(): Promise<Restarts> {
    const [{ SystemTime }, { RestartCount, State }] = await this.bounded(
      Promise.all([this.docker.info(), this.docker.getContainer(this.id).inspect()]),
    );
    return { count: RestartCount, lastMs: Date.parse(SystemTime) - Date.parse(State.StartedAt) };
  }

  private usage(): Promise<Usage> {
    return this.bounded(usageOf(this.docker, this.id));
  }

  private bounded<T>(answer: Promise<T>): Promise<T> {
    return within(engineTimeoutMs, answer, `the Docker Engine said nothing of ${this.name}`);
  }
}
