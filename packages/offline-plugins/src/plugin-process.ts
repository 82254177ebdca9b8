import grpc from "@grpc/grpc-js";

/** What the engine's plugin protocol asks of every plugin process, whatever it serves. */
export interface PluginProcess {
  /** Runs at SIGINT, SIGTERM and when the engine has gone: stop what is running. */
  stop: () => void;
  /** True when nothing is running, so that leaving at once loses nothing. */
  idle: () => boolean;
}

const ENGINE_POLL_MS = 250;
const STOP_POLL_MS = 20;
/** Resource states with many containers go far beyond gRPC's 4 MB default. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

/** The engine's address is the last argument of every plugin (flags may stand before it). */
export function engineAddress(): string {
  return process.argv.at(-1) ?? "";
}

export function newServer(): grpc.Server {
  return new grpc.Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  });
}

/** Listens on a free loopback port. */
export function listen(server: grpc.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(new Error(`cannot listen on loopback: ${error.message}`)) : resolve(port),
    );
  });
}

/** Serves one run of the engine: prints the port as the engine expects, and sees to it that the process ends in time. */
export function serve(server: grpc.Server, lifecycle: PluginProcess): void {
  listen(server).then(
    (port) => process.stdout.write(`${port}\n`),
    (error: Error) => {
      process.stderr.write(`${error.message}\n`);
      process.exit(1);
    },
  );

  // The engine signals a plugin when its run is over and kills it 5 s later, so an idle plugin must not linger.
  const leaveWhenIdle = () => {
    lifecycle.stop();
    if (lifecycle.idle()) process.exit(0);
    setInterval(() => lifecycle.idle() && process.exit(0), STOP_POLL_MS);
  };
  process.on("SIGINT", leaveWhenIdle);
  process.on("SIGTERM", leaveWhenIdle);

  endWithParent(lifecycle.stop);
}

/** An engine killed with -9 signals nobody: its plugins notice that they were given a new parent. */
export function endWithParent(stop: () => void): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid === parent) return;
    stop();
    process.exit(1);
  }, ENGINE_POLL_MS).unref();
}
