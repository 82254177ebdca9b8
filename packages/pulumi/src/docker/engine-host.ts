import type { DockerAddress } from "../contracts/addresses.ts";

/** The Docker Engine that is meant: the given one, else `DOCKER_HOST`; empty for the local socket. */
export function engineHost(host: string): string {
  return host || process.env.DOCKER_HOST || "";
}

/**
 * Whether what the engine publishes on its machine's loopback is out of the deployer's reach: said by the program, or
 * else seen by the engine being at another machine's address.
 */
export function isRemote({ host, remote }: Omit<DockerAddress, "kind">): boolean {
  if (remote !== undefined) return remote;
  const machine = machineOf(host);
  return machine !== null && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(machine);
}

/** Name or address of the engine's machine as a URL has it; `null` for a socket on this one. */
export function machineOf(host: string): string | null {
  const url = URL.parse(engineHost(host));
  return url && ["tcp:", "ssh:"].includes(url.protocol) ? url.hostname : null;
}
