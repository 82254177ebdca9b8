import http from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { secured } from "../io/secured.ts";
import type { Docker } from "./api.ts";
import { openExec, runExec } from "./exec.ts";

/**
 * A connection to `host:port` as the router container sees it, through `docker exec … nc`. It reaches what has no
 * address on the deployer's machine: the router's admin API, which listens on the container's own loopback only, and
 * candidates by their container names. Who may use it is who may use the Docker Engine; it works wherever that is.
 */
export function openTunnel(docker: Docker, container: string, host: string, port: number): Promise<Duplex> {
  return openExec(docker, container, ["nc", host, String(port)]);
}

/** Joins a connection to a tunnel until both have ended. */
export async function joinTunnel(
  docker: Docker,
  container: string,
  to: { readonly host: string; readonly port: number },
  connection: Duplex,
): Promise<void> {
  await pipeline(connection, await openTunnel(docker, container, to.host, to.port), connection);
}

/**
 * A tunnel to a port that takes connections: `nc` says nothing when it has made one, so another one is asked before. Not
 * every BusyBox knows `-z`, and each runs a program once it is connected.
 */
export async function openProvenTunnel(
  docker: Docker,
  container: string,
  host: string,
  port: number,
  timeoutMs: number,
): Promise<Duplex> {
  const seconds = String(Math.max(1, Math.ceil(timeoutMs / 1_000)));
  const command = ["nc", "-w", seconds, host, String(port), "-e", "sh", "-c", "exit 0"];
  const { exit, output } = await runExec(docker, container, command, timeoutMs);
  if (exit !== 0) throw new Error(output.trim() || `no connection to ${host}:${port}`);
  return openTunnel(docker, container, host, port);
}

/** HTTP agents whose connections are tunnels; requests that follow each other share one. */
export class TunnelAgents {
  private readonly clear: http.Agent;
  private readonly secure: https.Agent;

  constructor(docker: Docker, container: string, { keepAlive = true } = {}) {
    this.clear = new http.Agent({ keepAlive });
    this.secure = new https.Agent({ keepAlive });
    const open = (host: unknown, port: unknown) => openTunnel(docker, container, String(host), Number(port));
    this.clear.createConnection = (options, done) => handOver(open(options.host, options.port), done);
    this.secure.createConnection = (options, done) => {
      const made = open(options.host, options.port).then((socket) => secured(socket, options.servername));
      return handOver(made, done);
    };
  }

  /** For requests over this scheme; left out, in clear. */
  over(scheme: "https" | undefined): http.Agent {
    return scheme ? this.secure : this.clear;
  }

  destroy(): void {
    this.clear.destroy();
    this.secure.destroy();
  }
}

type Handed = Parameters<http.Agent["createConnection"]>[1];

/** Node takes a connection that is made later by its callback, and its types say that there is one at once. */
function handOver(connection: Promise<Duplex>, done: Handed): Duplex {
  connection.then(
    (stream) => done?.(null, stream),
    (error: Error) => done?.(error, undefined as unknown as Duplex),
  );
  return undefined as unknown as Duplex;
}
