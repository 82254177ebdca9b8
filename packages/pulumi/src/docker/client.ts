import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { engineHost } from "./engine-host.ts";
import { sshAgent } from "./ssh.ts";

/** Nothing of dockerode's own view of the environment. */
const nowhere = { host: undefined, port: undefined, socketPath: undefined } as const;

/**
 * A client for the Docker Engine at `host`: `unix:///path`, `tcp://host:port` or `ssh://user@host`. Empty: the ambient
 * one, `DOCKER_HOST` or the local socket, exactly as the Docker provider chooses. `tcp` is TLS where `DOCKER_CERT_PATH`
 * names the folder of `ca.pem`, `cert.pem` and `key.pem`, or `DOCKER_TLS_VERIFY` is set.
 */
export function connectDocker(host: string): Docker {
  const engine = engineHost(host);
  if (engine === "") return new Docker();
  const url = URL.parse(engine);
  switch (url?.protocol) {
    case "unix:":
      return new Docker({ ...nowhere, socketPath: url.pathname, protocol: "http" });
    case "tcp:": {
      if (url.username + url.password !== "")
        throw new Error("a Docker host with tcp:// takes no login; use certificates");
      const tls = certificates();
      const port = Number(url.port || (tls ? 2376 : 2375));
      return new Docker({ ...nowhere, host: url.hostname, port, protocol: tls ? "https" : "http", ...tls });
    }
    case "ssh:": {
      // dockerode hands an agent on, its types don't tell.
      const options = { ...nowhere, host: "docker", protocol: "http", agent: sshAgent(url) } as const;
      return new Docker(options);
    }
    default:
      throw new Error(
        `Docker host is "${engine.replace(/\/\/[^/@\s]*@/, "//…@")}"; it must begin with unix://, tcp:// or ssh://`,
      );
  }
}

function certificates(): { ca: Buffer; cert: Buffer; key: Buffer } | null {
  const { DOCKER_CERT_PATH, DOCKER_TLS_VERIFY } = process.env;
  if (!DOCKER_CERT_PATH && !DOCKER_TLS_VERIFY) return null;
  const read = (name: string) => readFileSync(join(DOCKER_CERT_PATH || join(homedir(), ".docker"), name));
  return { ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") };
}

/** The HTTP status of a Docker API error, if it is one. */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("statusCode" in error)) return undefined;
  return typeof error.statusCode === "number" ? error.statusCode : undefined;
}
