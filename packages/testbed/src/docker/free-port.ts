import { createServer } from "node:net";

const given = new Set<number>();

/** A TCP port of 127.0.0.1 that nobody listens on, never the same one twice in this process. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = await pickedByKernel();
    if (given.has(port)) continue;
    given.add(port);
    return port;
  }
  throw new Error("no free TCP port on 127.0.0.1 after 100 attempts");
}

function pickedByKernel(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
