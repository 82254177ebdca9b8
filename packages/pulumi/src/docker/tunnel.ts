import http from "node:http";
import type { Duplex } from "node:stream";
import type Docker from "dockerode";
import { openExec } from "./exec.ts";

/**
 * A connection to `host:port` as the router container sees it, through `docker exec … nc`. It reaches what has no
 * address on the deployer's machine: the router's admin API, which listens on the container's own loopback only, and
 * candidates by their container names. Who may use it is who may use the Docker Engine; it works wherever that is.
 */
export function openTunnel(docker: Docker, container: string, host: string, port: number): Promise<Duplex> {
  return openExec(docker, container, ["nc", host, String(port)]);
}

/** An HTTP agent whose connections are tunnels. One connection at a time: requests of a cutover follow each other. */
export function tunnelAgent(docker: Docker, container: string): http.Agent {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = (options, done) => {
    openTunnel(docker, container, String(options.host), Number(options.port)).then(
      (stream) => done?.(null, stream),
      (error: Error) => done?.(error, undefined as unknown as Duplex),
    );
    return undefined as unknown as Duplex;
  };
  return agent;
}
