import { createServer, type Socket } from "node:net";
import type { OpenedUrl } from "../contracts/check.ts";

/**
 * A port of the deployer's loopback, where `scheme` is spoken. `join` leads each of its connections to where it belongs;
 * failing, it ends it.
 */
export async function forwardLocally(
  join: (connection: Socket) => Promise<void>,
  scheme: "http" | "https" = "http",
): Promise<OpenedUrl> {
  const connections = new Set<Socket>();
  const server = createServer((connection) => {
    connections.add(connection);
    connection.on("close", () => connections.delete(connection));
    connection.on("error", () => connection.destroy());
    join(connection).catch(() => connection.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.on("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  return {
    url: `${scheme}://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    async close() {
      for (const connection of connections) connection.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
