// Which Docker Engine to use: DOCKER_HOST, one that listens at a usual place, or our own.
import { request } from "node:http";
import { homedir } from "node:os";
import { join } from "node:path";
import { Problem } from "./problem.mjs";

/** A request to a Docker Engine without any library. Never throws: `status` 0 means no answer. */
export function ask(host, path, { method = "GET", timeoutMs = 2_000 } = {}) {
  return new Promise((resolve) => {
    const target = host.startsWith("unix://") ? { socketPath: host.slice(7) } : tcp(host);
    const outgoing = request({ ...target, path, method, timeout: timeoutMs }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part) => {
        text += part;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      response.on("error", () => resolve({ status: 0, text }));
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("timeout")));
    outgoing.on("error", (error) => resolve({ status: 0, text: error.message }));
    outgoing.end();
  });
}

function tcp(host) {
  const { hostname, port } = new URL(host.replace(/^tcp:/, "http:"));
  return { hostname, port: port || 2375 };
}

export async function answers(host) {
  const { status, text } = await ask(host, "/_ping");
  return status === 200 && text.startsWith("OK");
}

/**
 * The Docker Engine that is there already.
 * @returns "unix://…" or "tcp://…", undefined if there is none
 * @throws Problem if DOCKER_HOST names one that cannot be used
 */
export async function findDockerEngine({ env = process.env, sockets = usualSockets(env) } = {}) {
  const named = env.DOCKER_HOST;
  if (named) {
    if (!/^unix:\/\/|^tcp:\/\/(127\.|localhost|\[::1\])/.test(named)) {
      throw new Problem(`DOCKER_HOST is "${named}", an engine on another machine`, {
        fix: "the containers are reached through this machine's loopback: use a local engine, or unset DOCKER_HOST",
      });
    }
    if (await answers(named)) return named;
    const { text } = await ask(named, "/_ping");
    throw new Problem(`DOCKER_HOST is "${named}", and nothing usable answers there: ${text}`, {
      fix: ["start that Docker Engine", "or unset DOCKER_HOST, to use another one"],
    });
  }
  for (const socket of sockets) if (await answers(`unix://${socket}`)) return `unix://${socket}`;
  return undefined;
}

function usualSockets(env) {
  const rootless = env.XDG_RUNTIME_DIR ? [join(env.XDG_RUNTIME_DIR, "docker.sock")] : [];
  return ["/var/run/docker.sock", ...rootless, join(homedir(), ".docker/run/docker.sock")];
}
