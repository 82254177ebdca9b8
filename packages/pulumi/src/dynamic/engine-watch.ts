import { createRequire } from "node:module";
import net from "node:net";

const intervalMs = 500;
const connectTimeoutMs = 2_000;
/** Time for what runs to see that the engine is gone and to end, before the process is ended. */
const lingerMs = 5_000;

export interface Engine {
  /** Resolves, with words, when the engine is gone. */
  readonly gone: Promise<string>;
  /** Resolves, with words, when the user ends the run (the CLI's first SIGINT): the engine waits for what runs. */
  readonly cancelled: Promise<string>;
  isGone(): Promise<boolean>;
}

/**
 * The engine that this provider process serves. A killed CLI leaves its providers running, and they would finish what
 * they do; ours stop writing and exit. The engine's address is the process's first argument (`cmd/dynamic-provider` of
 * the Pulumi SDK); without one (tests, gate runner) there is nothing to watch.
 */
export const engine = watchEngine(process.argv[2]);

function watchEngine(address: string | undefined): Engine {
  const [, host, port] = /^(127\.0\.0\.1|localhost|\[::1\]):(\d+)$/.exec(address ?? "") ?? [];
  const never = new Promise<string>(() => {});
  if (host === undefined) return { gone: never, cancelled: never, isGone: async () => false };
  const isGone = async () => !(await accepts(host, Number(port)));
  const gone = new Promise<string>((resolve) => {
    const look = async () => {
      if (!(await isGone())) return void setTimeout(look, intervalMs).unref();
      resolve("the engine is gone");
      setTimeout(() => process.exit(1), lingerMs);
    };
    setTimeout(look, intervalMs).unref();
  });
  return { gone, cancelled: watchCancel(), isGone };
}

const cancelPath = "/pulumirpc.ResourceProvider/Cancel";

interface GrpcServer {
  /** Called with the path of each request. */
  _retrieveHandler?: (path: string) => unknown;
}

/**
 * At the CLI's first SIGINT the engine calls `Cancel` of its plugins. The SDK's provider process answers that and tells
 * nobody, so the request is seen where its server looks up who answers. Without such a server a run is not cancelled.
 */
export function watchCancel(servers = loadedServers()): Promise<string> {
  return new Promise((resolve) => {
    for (const server of servers) {
      const retrieve = server._retrieveHandler;
      if (!retrieve) continue;
      server._retrieveHandler = function (this: unknown, path) {
        if (path === cancelPath) resolve("the run was cancelled");
        return retrieve.call(this, path);
      };
    }
  });
}

/** Of each gRPC library that this process has loaded. */
function loadedServers(): GrpcServer[] {
  const loaded = Object.entries(createRequire(import.meta.url).cache);
  return loaded.flatMap(([file, module]) =>
    /[\\/]grpc-js[\\/]build[\\/]src[\\/]server\.js$/.test(file) ? [module?.exports.Server.prototype as GrpcServer] : [],
  );
}

/** A busy engine is not a dead one: only a refused connection counts. */
function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: connectTimeoutMs });
    const answer = (alive: boolean) => {
      socket.destroy();
      resolve(alive);
    };
    socket.on("connect", () => answer(true));
    socket.on("timeout", () => answer(true));
    socket.on("error", (error: NodeJS.ErrnoException) => answer(error.code !== "ECONNREFUSED"));
  });
}
