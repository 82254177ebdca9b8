import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePort } from "../../src/docker/free-port.ts";

test("free ports can be listened on and are all different", async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, freePort));
  expect(new Set(ports).size).toBe(20);
  const server = createServer().listen(ports[0], "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  server.close();
});
