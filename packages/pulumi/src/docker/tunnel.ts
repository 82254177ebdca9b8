import http from "node:http";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
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

/** An HTTP agent whose connections are tunnels; requests that follow each other share one. */
export function tunnelAgent(docker: Docker, container: string, { keepAlive = true } = {}): http.Agent {
  const agent = new http.Agent({ keepAlive });
  agent.createConnection = (options, done) => {
    openTunnel(docker, container, String(options.host), Number(options.port)).then(
      (stream) => done?.(null, stream),
      (error: Error) => done?.(error, undefined as unknown as Duplex),
    );
    return undefined as unknown as Duplex;
  };
  return agent;
}
