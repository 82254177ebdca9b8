import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { startLoad } from "../../src/load/load.ts";
import { summarise } from "../../src/load/report.ts";
import { isRunning } from "../../src/processes.ts";
import { colored, httpServer, tcpServer } from "./servers.ts";

describe("the load", { timeout: 60_000 }, () => {
  it("counts what the server counts, on new and kept connections", async () => {
    let served = 0;
    const connections = new Set<unknown>();
    await using server = await httpServer((request, response) => {
      served++;
      connections.add(request.socket);
      colored("blue", "1.4.2")(request, response);
    });
    const load = await startLoad({ url: server.url, rate: 400, kept: 5 });
    await sleep(2000);
    const report = await load.stop();
    expect(report.sent).toBe(served);
    expect(report).toMatchObject({ ok: served, failed: 0, pending: 0, endedBy: "stop", failures: [] });
    expect(report.byColor).toEqual({ blue: served, green: 0, none: 0 });
    expect(report.byVersion).toEqual({ "1.4.2": served });
    expect(report.byKind.new).toBe(connections.size);
    expect(report.byKind.new + report.byKind.kept).toBe(served);
    // Half of the requests have a connection of their own; on a busy machine those that are kept are in use more often.
    expect(report.byKind.kept).toBeGreaterThan(0);
    expect(report.byKind.kept).toBeLessThanOrEqual(Math.ceil(served / 2));
    expect(report.seconds.reduce((sum, second) => sum + second.blue, 0)).toBe(served);
    expect(report.latency.maxMs).toBeGreaterThan(0);
  });

  it("comes from an address of its own with every new connection, if it is asked to", async () => {
    const sources: (string | undefined)[] = [];
    await using server = await httpServer((request, response) => {
      sources.push(request.socket.remoteAddress);
      colored("blue", "1")(request, response);
    });
    const load = await startLoad({ url: server.url, rate: 200, newShare: 1, manySources: true });
    await sleep(1000);
    const report = await load.stop();
    expect(report).toMatchObject({ failed: 0, pending: 0, byKind: { kept: 0 } });
    expect(new Set(sources).size).toBe(report.sent);
  });

  it("asks for another host than the address's", async () => {
    const hosts = new Set<unknown>();
    await using server = await httpServer((request, response) => {
      hosts.add(request.headers.host);
      colored("blue", "1")(request, response);
    });
    const load = await startLoad({ url: server.url, host: "shop.example.org", rate: 200, kept: 2 });
    await sleep(500);
    expect((await load.stop()).failed).toBe(0);
    expect([...hosts]).toEqual(["shop.example.org"]);
  });

  it("keeps its schedule: sends at the rate asked for, however slow the answers", async () => {
    await using server = await httpServer((request, response) => {
      setTimeout(() => colored("blue", "1")(request, response), 700);
    });
    const load = await startLoad({ url: server.url, rate: 200, kept: 2 });
    await sleep(2500);
    const report = await load.stop();
    const asked = (200 * (report.endedAt - report.startedAt)) / 1000;
    // Late requests are caught up: only those due in the last, unfinished moment may be missing.
    expect(report.sent).toBeGreaterThan(asked - (report.lateness.maxMs * 200) / 1000 - 200);
    expect(report.sent).toBeLessThanOrEqual(asked + 1);
    expect(report).toMatchObject({ failed: 0, pending: 0 });
  });

  it("counts every failing answer, and only those", async () => {
    let served = 0;
    let broken = 0;
    await using server = await httpServer((request, response) => {
      served++;
      if (served % 10 !== 0) return colored("green", "1.5.0")(request, response);
      broken++;
      response.writeHead(500, { "x-app-color": "green", "x-app-version": "1.5.0" }).end("broken");
    });
    const load = await startLoad({ url: server.url, rate: 300 });
    await sleep(1500);
    const report = await load.stop();
    expect(report).toMatchObject({ sent: served, ok: served - broken, failed: broken });
    expect(report.failuresByVersion).toEqual({ "1.5.0": broken });
    expect(report.failuresByReason).toEqual({ "status 500": broken });
    expect(report.byColor.green).toBe(served);
    expect(report.failures).toHaveLength(broken);
    expect(report.failures[0]).toMatchObject({ reason: "status 500", status: 500, color: "green", version: "1.5.0" });
    expect(report.seconds.reduce((sum, second) => sum + second.failed, 0)).toBe(broken);
  });

  it("counts a request that is read and not answered as reset, and never repeats it", async () => {
    let requests = 0;
    let resets = 0;
    await using server = await tcpServer((socket) => {
      socket.on("data", () => {
        if (++requests % 5 === 0) {
          resets++;
          socket.resetAndDestroy();
        } else socket.write("HTTP/1.1 200 OK\r\nX-App-Color: blue\r\nContent-Length: 2\r\n\r\nok");
      });
    });
    const load = await startLoad({ url: server.url, rate: 200 });
    await sleep(1500);
    const report = await load.stop();
    expect(report).toMatchObject({ sent: requests, failed: resets, failuresByReason: { reset: resets } });
    expect(resets).toBeGreaterThan(10);
  });

  it("does not blame a server that closes idle connections between requests", async () => {
    let closed = 0;
    await using server = await tcpServer((socket) => {
      socket.on("data", () => {
        socket.write("HTTP/1.1 200 OK\r\nX-App-Color: blue\r\nContent-Length: 2\r\n\r\nok");
        setTimeout(() => {
          closed++;
          socket.end();
        }, 20);
      });
    });
    // Each of 20 kept connections has its turn once a second, long after it was closed.
    const load = await startLoad({ url: server.url, rate: 20, kept: 20, newShare: 0 });
    await sleep(3500);
    const report = await load.stop();
    expect(closed).toBeGreaterThan(20);
    expect(report).toMatchObject({ failed: 0, ok: report.sent });
  });

  it("names refused connections, timeouts, the router's own errors and answers that are no JSON", async () => {
    const gone = await tcpServer(() => {});
    await gone[Symbol.asyncDispose]();
    await using silent = await tcpServer(() => {});
    await using router = await httpServer((_, response) => response.writeHead(502).end());
    await using page = await httpServer((_, response) => response.end("<p>hello</p>"));
    const reasons = async (url: string) => {
      const load = await startLoad({ url, rate: 20, timeoutMs: 300 });
      await sleep(400);
      const { sent, failed, failuresByReason, byColor } = await load.stop();
      expect(failed).toBe(sent);
      expect(byColor.none).toBe(sent);
      return Object.keys(failuresByReason);
    };
    const all = [gone, silent, router, page].map(({ url }) => reasons(url));
    expect(await Promise.all(all)).toEqual([["refused"], ["timeout"], ["status 502"], ["not JSON"]]);
  });

  it("reads color and version from the body when no header names them", async () => {
    await using server = await httpServer((_, response) => response.end('{"color":"green","version":"2"}'));
    const load = await startLoad({ url: server.url, rate: 50, path: "/some?thing" });
    await sleep(500);
    const report = await load.stop();
    expect(report.url).toBe(`${server.url}/some?thing`);
    expect(report.byColor.green).toBe(report.sent);
    expect(report.byVersion).toEqual({ "2": report.sent });
  });

  it("cuts its counters exactly at the marks", async () => {
    let color = "blue";
    await using server = await httpServer((request, response) => colored(color, color)(request, response));
    const load = await startLoad({ url: server.url, rate: 200 });
    await sleep(700);
    load.mark("pause");
    await sleep(200); // every request sent before is answered by now
    const switched = load.mark("switch");
    color = "green";
    await sleep(700);
    const live = await load.window();
    load.mark("end");
    const report = await load.stop();
    const [before, pause, after, rest] = [
      summarise(report, undefined, "pause"),
      summarise(report, "pause", "switch"),
      summarise(report, "switch", "end"),
      summarise(report, "end"),
    ];
    expect(before.sent + pause.sent + after.sent + rest.sent).toBe(report.sent);
    expect(summarise(report).sent).toBe(report.sent);
    expect(before.byColor).toEqual({ blue: before.sent, green: 0, none: 0 });
    expect(before.lastAnswerOf("green")).toBeUndefined();
    expect(before.lastAnswerOf("blue")).toBe(before.lastAnswer.blue);
    expect(summarise(report, switched).byVersion.green).toBe(after.byColor.green + rest.byColor.green);
    expect(after.firstAnswer.green).toBeGreaterThan(switched);
    expect(live.sent).toBeGreaterThan(0);
    expect(live.sent).toBeLessThanOrEqual(after.sent);
    expect(report.marks.map(({ label }) => label)).toEqual(["pause", "switch", "end"]);
    expect(() => summarise(report, "nowhere")).toThrow('no mark "nowhere". Marks: "pause", "switch", "end"');
  });

  it("ends with its parent, even one that is killed", async () => {
    await using server = await httpServer(colored("blue", "1"));
    const script = fileURLToPath(new URL("./parent.ts", import.meta.url));
    const parent = spawn(process.execPath, [script, server.url], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = await once(parent.stdout, "data");
    const generator = Number(String(line));
    expect(isRunning(generator)).toBe(true);
    parent.kill("SIGKILL");
    await expect.poll(() => isRunning(generator), { timeout: 20_000 }).toBe(false);
  });

  it("stops sending by itself after maxSeconds and still reports", async () => {
    let served = 0;
    await using server = await httpServer((request, response) => {
      served++;
      colored("blue", "1")(request, response);
    });
    const load = await startLoad({ url: server.url, rate: 50, maxSeconds: 0.5 });
    await sleep(1500);
    const after = load.mark("after the end");
    const report = await load.stop();
    expect(report).toMatchObject({ sent: served, endedBy: "maxSeconds" });
    expect(served).toBeLessThan(40);
    expect(summarise(report, undefined, after).sent).toBe(served);
    expect(await load.stop()).toBe(report);
    await expect.poll(() => isRunning(load.pid), { timeout: 20_000 }).toBe(false);
  });

  it("says so when its generator was killed", async () => {
    await using server = await httpServer(colored("blue", "1"));
    const load = await startLoad({ url: server.url, rate: 50 });
    process.kill(load.pid, "SIGKILL");
    await expect(load.stop()).rejects.toThrow(/load generator for .* has ended \(SIGKILL\)/);
  });

  it("refuses senseless options, all at once", async () => {
    const options = { url: "ftp://x", rate: 0, kept: -1, newShare: 2, timeoutMs: 0, maxSeconds: 0 };
    const error = await startLoad(options).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(RangeError);
    for (const name of Object.keys(options)) expect(error.message).toContain(`${name} is`);
  });
});
