import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { freePort } from "@bluegreen/testkit/docker/free-port";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { connectDocker } from "../src/docker/client.ts";
import { HostProbe } from "../src/docker/host-probe.ts";
import { labels } from "../src/docker/labels.ts";
import { bounds } from "../src/io/bounds.ts";
import { listen } from "./local-subject.ts";

const docker = new Docker();
/** The library's own client. */
const api = connectDocker("");
const image = process.env.BLUEGREEN_CADDY_IMAGE ?? "caddy:2.11.9-alpine";

describe("a probe on the Docker host", () => {
  const app = `probe-${randomBytes(3).toString("hex")}`;
  const body = "x".repeat(100_000);
  const probe = new HostProbe(api, { app, image });
  let server: Docker.Container;
  let port: number;
  beforeAll(async () => {
    port = await freePort();
    server = await docker.createContainer({
      Image: image,
      Cmd: ["caddy", "respond", "--listen", ":80", "--status", "201", "--body", body],
      ExposedPorts: { "80/tcp": {} },
      HostConfig: { PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: String(port) }] } },
    });
    await server.start();
    await vi.waitFor(() => ask(), { timeout: 30_000, interval: 200 });
  });
  afterAll(async () => {
    await probe.close();
    await server?.remove({ force: true });
  });

  const ask = (at = port, timeoutMs = 10_000) => {
    const headers = { connection: "close" };
    return probe.request({ host: "127.0.0.1", port: at, path: "/", headers, timeoutMs });
  };
  const probes = () => docker.listContainers({ all: true, filters: { label: [`${labels.app}=${app}`] } });

  it("brings whole answers through published ports, many from one container", async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask()));
    for (const answer of answers) expect(answer).toMatchObject({ status: 201, body });
    expect(await probes()).toHaveLength(1);
  });

  it("says why there is no answer, and then goes on", async () => {
    await expect(ask(await freePort())).rejects.toThrow(/refused/);
    await server.pause();
    await expect(ask(port, 500)).rejects.toThrow(`no answer from 127.0.0.1:${port}/ within 1 s`);
    await server.unpause();
    expect(await ask()).toMatchObject({ status: 201 });
  });

  it("brings the beginning of an answer that does not end, and then goes on", async () => {
    const endless = createServer((_request, response) => {
      const more = () =>
        void (response.write(Buffer.alloc(1 << 16, "x")) ? setImmediate(more) : response.once("drain", more));
      response.on("error", () => {});
      more();
    });
    const found = await ask(await listen(endless), 30_000);
    expect({ cut: found.cut, length: found.body.length }).toEqual({ cut: true, length: bounds.answer });
    endless.closeAllConnections();
    await new Promise((resolve) => endless.close(resolve));
    expect(await ask()).toMatchObject({ status: 201 });
  });

  it("is started again when it was lost, because nothing was learned then", async () => {
    const [lost] = await probes();
    await docker.getContainer(lost?.Id ?? "").kill();
    expect(await ask()).toMatchObject({ status: 201, body });
  });

  it("is gone once it is closed", async () => {
    await probe.close();
    await expect.poll(probes, { timeout: 20_000 }).toEqual([]);
  });

  it("leaves nothing when it can't be started", async () => {
    const other = new HostProbe(api, { app, image: "localhost/bluegreen/none:1" });
    const asked = other.request({ host: "127.0.0.1", port, path: "/", timeoutMs: 1_000 });
    await expect(asked).rejects.toThrow(/no probe could be started on the Docker host: .*No such image/);
    expect(await probes()).toEqual([]);
  });
});
