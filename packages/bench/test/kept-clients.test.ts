import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { KeptClients } from "../src/kubernetes/drain/kept-clients.ts";

const everyMs = 100;
let server: Server | undefined;
let clients: KeptClients | undefined;

afterEach(() => {
  clients?.stop();
  server?.close();
});

/** Answers as `how` says, with the number of the connection and of the request on it. */
async function start(how: (socket: Socket, connection: number, request: number) => void): Promise<void> {
  let connections = 0;
  server = createServer((socket) => {
    const connection = ++connections;
    let requests = 0;
    socket.on("error", () => {});
    socket.on("data", () => how(socket, connection, ++requests));
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  clients = new KeptClients({ url: `http://127.0.0.1:${port}`, clients: 1, everyMs });
}

function answer(socket: Socket, color: string, ...headers: string[]): void {
  socket.write(["HTTP/1.1 200 OK", `X-App-Color: ${color}`, "Content-Length: 2", ...headers, "", "{}"].join("\r\n"));
}

const colors = () => clients?.answers.map(({ color }) => color) ?? [];

test("a kept client stays on its connection, and opens another when an answer says close", async () => {
  await start((socket, connection, request) => {
    if (connection === 1) answer(socket, "blue", ...(request === 3 ? ["Connection: close"] : []));
    else answer(socket, "green");
  });
  await sleep(10 * everyMs);
  expect(colors().slice(0, 5)).toEqual(["blue", "blue", "blue", "green", "green"]);
  expect(clients?.failures).toEqual([]);
});

test("it loses one request to a connection that was closed while idle, and says so", async () => {
  await start((socket, connection) => {
    answer(socket, connection === 1 ? "blue" : "green");
    if (connection === 1) socket.end();
  });
  await sleep(10 * everyMs);
  expect(clients?.failures.map(({ reason }) => reason)).toEqual(["idle"]);
  expect(colors().slice(0, 2)).toEqual(["blue", "green"]);
});

test("it loses the request under which its connection is closed", async () => {
  await start((socket, connection) => (connection === 1 ? socket.destroy() : answer(socket, "green")));
  await sleep(10 * everyMs);
  expect(clients?.failures.map(({ reason }) => reason)).toEqual(["in flight"]);
  expect(new Set(colors())).toEqual(new Set(["green"]));
});
