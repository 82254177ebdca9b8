import http from "node:http";
import net from "node:net";
import { afterEach, expect, test } from "vitest";
import { request } from "../src/io/http-request.ts";

const open: net.Server[] = [];

async function listen(server: net.Server): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as net.AddressInfo).port;
}

const serve = (handler: http.RequestListener) => listen(http.createServer(handler));
const ask = (port: number) => ({ host: "127.0.0.1", port, path: "/x", timeoutMs: 2_000 });

afterEach(() => {
  for (const server of open.splice(0)) {
    if (server instanceof http.Server) server.closeAllConnections();
    server.close();
  }
});

test("an answer comes with status, headers and body; no redirect is followed", async () => {
  const port = await serve((incoming, outgoing) => {
    outgoing.writeHead(302, { location: "/elsewhere", "x-path": String(incoming.url) }).end("moved");
  });
  expect(await request(ask(port))).toMatchObject({ status: 302, headers: { "x-path": "/x" }, body: "moved" });
});

test("a body is sent with its length", async () => {
  const port = await serve(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    outgoing.end(`${incoming.method} ${incoming.headers["content-length"]} ${Buffer.concat(chunks)}`);
  });
  expect((await request({ ...ask(port), method: "PATCH", body: "grün" })).body).toBe("PATCH 5 grün");
});

test("no answer in time is an error that says where and how long", async () => {
  const port = await serve(() => {});
  await expect(request({ ...ask(port), timeoutMs: 100 })).rejects.toThrow(
    `no answer from 127.0.0.1:${port}/x within 100 ms`,
  );
});

test("an answer that never ends counts as none", async () => {
  const port = await serve((_incoming, outgoing) => void outgoing.write("a"));
  await expect(request({ ...ask(port), timeoutMs: 100 })).rejects.toThrow();
});

test("a connection that breaks in the middle of an answer is an error", async () => {
  const port = await listen(
    net.createServer((socket) => {
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf");
        setTimeout(() => socket.destroy(), 20);
      });
    }),
  );
  await expect(request(ask(port))).rejects.toThrow();
});

test("a refused connection is an error", async () => {
  const port = await serve(() => {});
  const server = open.splice(0)[0] as net.Server;
  await new Promise((resolve) => server.close(resolve));
  await expect(request(ask(port))).rejects.toThrow("ECONNREFUSED");
});

test("no more than 1 MiB of a body is read, whether or not it ends", async () => {
  const port = await serve((_incoming, outgoing) => void outgoing.write(Buffer.alloc(3 << 20, "a")));
  const { body, cut } = await request(ask(port));
  expect(body.length).toBe(1 << 20);
  expect(cut).toBe(true);
});
