import net from "node:net";

const intervalMs = 500;
const connectTimeoutMs = 2_000;
/** Time for what runs to see that the engine is gone and to end, before the process is ended. */
const lingerMs = 5_000;

export interface Engine {
  /** Resolves, with words, when the engine is gone. */
  readonly gone: Promise<string>;
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
  if (host === undefined) return { gone: new Promise(() => {}), isGone: async () => false };
  const isGone = async () => !(await accepts(host, Number(port)));
  const gone = new Promise<string>((resolve) => {
    const look = async () => {
      if (!(await isGone())) return void setTimeout(look, intervalMs).unref();
      resolve("the engine is gone");
      setTimeout(() => process.exit(1), lingerMs);
    };
    setTimeout(look, intervalMs).unref();
  });
  return { gone, isGone };
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
