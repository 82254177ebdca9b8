import { spawn } from "node:child_process";
import http from "node:http";
import { type AddressInfo, connect, type Server } from "node:net";
import { Duplex } from "node:stream";
import { portOf } from "../src/checks/parts/reach.ts";
import type { ContainerMeasures, Entrance, RunningContainer, Subject } from "../src/contracts/check.ts";
import { request } from "../src/io/http-request.ts";

interface LocalParts extends Partial<Omit<Subject, "tools">> {
  readonly tools?: Partial<Subject["tools"]>;
}

/** A color made of this machine's own servers and processes. */
export function localSubject({ tools, ...parts }: LocalParts): Subject {
  return {
    color: "green",
    release: "1.5.0",
    entrances: [],
    containers: [],
    baseline: null,
    ...parts,
    tools: { openUrl: async () => ({ url: parts.entrances?.[0]?.name ?? "", close: async () => {} }), ...tools },
  };
}

/** A server on loopback that ends with `close`. */
export async function serve(answer: http.RequestListener): Promise<{ entrance: Entrance; close(): Promise<void> }> {
  const server = http.createServer(answer);
  const port = await listen(server);
  const agent = new http.Agent({ keepAlive: true });
  const entrance: Entrance = {
    name: `web-${port}`,
    service: "web",
    request: ({ path, headers = {}, timeoutMs }) =>
      request({ host: "127.0.0.1", port, path, headers, timeoutMs, agent }),
    connect: async (other = port) => connect({ host: "127.0.0.1", port: other }),
  };
  return {
    entrance,
    async close() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** A port of loopback. */
export function localEntrance(port: number): Entrance {
  return {
    name: "web-1",
    service: "web",
    request: ({ path, headers = {}, timeoutMs }) => request({ host: "127.0.0.1", port, path, headers, timeoutMs }),
    connect: (other = port, timeoutMs) =>
      new Promise((resolve, reject) => {
        const socket = connect({ host: "127.0.0.1", port: other, timeout: timeoutMs });
        socket.on("connect", () => resolve(socket.setTimeout(0)));
        socket.on("timeout", () => socket.destroy(new Error("no connection in time")));
        socket.on("error", reject);
      }),
  };
}

export interface LocalContainer extends Partial<Omit<RunningContainer, "measures">> {
  readonly measures?: Partial<ContainerMeasures>;
}

/** Processes of this machine with nothing but this environment, as a container of `web`. */
export function localContainer(env: Readonly<Record<string, string>>, more: LocalContainer = {}): RunningContainer {
  const start = ([command = "", ...args]: readonly string[]) => {
    return spawn(command, args, { env: { PATH: process.env.PATH, ...env }, stdio: "pipe" });
  };
  return {
    name: "web-1",
    service: "web",
    exec(command, timeoutMs) {
      const child = start(command);
      const deadline = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
      let output = "";
      child.stdout.on("data", (chunk) => (output += chunk));
      child.stderr.on("data", (chunk) => (output += chunk));
      return new Promise((resolve, reject) => {
        child.on("error", reject);
        child.on("close", (code) => {
          clearTimeout(deadline);
          if (code === null) reject(new Error(`no end within ${timeoutMs} ms`));
          else resolve({ exit: code, output });
        });
      });
    },
    async open(command) {
      const child = start(command);
      const joined = Duplex.from({ readable: child.stdout, writable: child.stdin });
      joined.on("close", () => child.kill("SIGKILL"));
      return joined;
    },
    entrance: (port) => localEntrance(portOf("web", {}, port)),
    logs: async () => "",
    ...more,
    measures: {
      restarts: async () => ({ count: 0, lastMs: 0 }),
      usage: async () => ({ cpu: null, cpuLimit: null, memory: null, memoryLimit: null }),
      ...more.measures,
    },
  };
}
