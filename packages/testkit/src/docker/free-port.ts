import { createServer } from "node:net";

/**
 * Below the ports that Linux gives to outgoing connections (32768 and up, `ip_local_port_range`), one of which could
 * take a port between its choice and its use, and below Kubernetes' NodePorts (30000 and up).
 */
const first = 15_000;
const last = 29_999;
const attempts = 200;

const given = new Set<number>();

/** A TCP port of 127.0.0.1 that nobody listens on, never the same one twice in this process. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    // At random, so that processes side by side hardly ever choose the same.
    const port = first + Math.floor(Math.random() * (last - first + 1));
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free TCP port between ${first} and ${last} after ${attempts} attempts`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}
