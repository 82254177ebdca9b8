import Docker from "dockerode";

/**
 * A client for the Docker Engine at `host`: `unix:///path`, `tcp://host:port` or `ssh://user@host`. Empty: the ambient
 * one, `DOCKER_HOST` or the local socket, exactly as the Docker provider chooses.
 */
export function connectDocker(host: string): Docker {
  if (host === "") return new Docker();
  const url = new URL(host);
  switch (url.protocol) {
    case "unix:":
      return new Docker({ socketPath: url.pathname });
    case "tcp:":
      return new Docker({ host: url.hostname, port: Number(url.port || 2375), protocol: "http" });
    case "ssh:":
      return new Docker({
        protocol: "ssh",
        host: url.hostname,
        port: Number(url.port || 22),
        ...(url.username ? { username: decodeURIComponent(url.username) } : {}),
        ...(process.env.SSH_AUTH_SOCK ? { sshOptions: { agent: process.env.SSH_AUTH_SOCK } } : {}),
      });
    default:
      throw new Error(`Docker host is "${host}"; it must begin with unix://, tcp:// or ssh://`);
  }
}

/** The HTTP status of a Docker API error, if it is one. */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("statusCode" in error)) return undefined;
  return typeof error.statusCode === "number" ? error.statusCode : undefined;
}
