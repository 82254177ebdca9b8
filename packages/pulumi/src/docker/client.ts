import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { Docker, DockerError, type Endpoint } from "./api.ts";
import { engineHost } from "./engine-host.ts";
import { sshAgent } from "./ssh.ts";

/**
 * A client for the Docker Engine at `host`: `unix:///path`, `tcp://host:port` or `ssh://user@host`. Empty: the ambient
 * one, `DOCKER_HOST` or the local socket, exactly as the Docker provider chooses. `tcp` is TLS where `DOCKER_CERT_PATH`
 * names the folder of `ca.pem`, `cert.pem` and `key.pem`, or `DOCKER_TLS_VERIFY` is set.
 */
export function connectDocker(host: string): Docker {
  return new Docker(endpointOf(host));
}

/** Where that engine is, in the words of `node:http`. */
export function endpointOf(host: string): Endpoint {
  const engine = engineHost(host);
  if (engine === "") return { socketPath: localSocket() };
  const url = URL.parse(engine);
  switch (url?.protocol) {
    case "unix:":
      return { socketPath: url.pathname };
    case "tcp:": {
      if (url.username + url.password !== "")
        throw new Error("a Docker host with tcp:// takes no login; use certificates");
      const tls = certificates();
      return { host: url.hostname, port: Number(url.port || (tls ? 2376 : 2375)), ...tls };
    }
    case "ssh:":
      return { host: "docker", agent: sshAgent(url) };
    default:
      throw new Error(
        `Docker host is "${engine.replace(/\/\/[^/@\s]*@/, "//…@")}"; it must begin with unix://, tcp:// or ssh://`,
      );
  }
}

/** Docker Desktop's socket of this user, where there is one, or the system's. */
function localSocket(): string {
  if (process.platform === "win32") return "//./pipe/docker_engine";
  const desktop = join(homedir(), ".docker", "run", "docker.sock");
  return existsSync(desktop) ? desktop : "/var/run/docker.sock";
}

function certificates(): { ca: Buffer; cert: Buffer; key: Buffer } | null {
  const { DOCKER_CERT_PATH, DOCKER_TLS_VERIFY } = process.env;
  if (!DOCKER_CERT_PATH && !DOCKER_TLS_VERIFY) return null;
  const read = (name: string) => readFileSync(join(DOCKER_CERT_PATH || join(homedir(), ".docker"), name));
  return { ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") };
}

/** The HTTP status of a Docker API error, if it is one. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof DockerError ? error.statusCode : undefined;
}
