import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { bootstrap, temporaryFolder } from "./fixture.ts";

const daemon = await bootstrap("docker-daemon");
const { findDockerEngine } = await bootstrap("docker-engine");
const { installPackages, missingPackages, newPackages, sizes } = await bootstrap("docker-install");
const { processIdentity } = await bootstrap("processes");
const { withLock } = await bootstrap("lock");

async function places() {
  const made = daemon.daemonPlaces(await temporaryFolder());
  await mkdir(made.users, { recursive: true });
  await mkdir(made.kept, { recursive: true });
  return made;
}

describe("our own dockerd", () => {
  test("is not running when its pid file names a process that has ended", async () => {
    const here = await places();
    await writeFile(here.pidFile, "4194301");
    expect(daemon.runningDaemon(here)).toBeUndefined();
  });

  test("is not running when its pid was given to another program", async () => {
    const here = await places();
    await writeFile(here.pidFile, `${process.pid}`);
    expect(daemon.runningDaemon(here)).toBeUndefined();
  });

  test("forgets users that were killed, also when their pid lives on in another process", async () => {
    const here = await places();
    await writeFile(join(here.users, "4194301"), "4194301 1");
    await writeFile(join(here.users, `${process.ppid}`), `${process.ppid} 1`);
    expect(daemon.otherUsers(here)).toEqual([]);
    await writeFile(join(here.users, `${process.ppid}`), processIdentity(process.ppid));
    expect(daemon.otherUsers(here)).toEqual([process.ppid]);
  });

  test("is kept by a checkout that has a stack up, and not by one that was deleted", async () => {
    const here = await places();
    const checkout = await temporaryFolder();
    daemon.keepDaemon(here, checkout, true);
    expect(daemon.someoneKeeps(here)).toBe(false);
    await mkdir(join(checkout, ".bluegreen"));
    expect(daemon.someoneKeeps(here)).toBe(true);
    daemon.keepDaemon(here, checkout, false);
    expect(daemon.someoneKeeps(here)).toBe(false);
  });

  test("has a socket path that the kernel accepts, however long the cache's path is", () => {
    for (const cache of ["/root/.cache/bluegreen", `/${"long/".repeat(30)}cache`]) {
      expect(daemon.daemonPlaces(cache).socket.length).toBeLessThanOrEqual(107);
      expect(daemon.daemonPlaces(cache).bridge.length).toBeLessThanOrEqual(15);
    }
  });
});

describe("a Docker Engine that is there already", () => {
  test("is found by its answer, a dead socket file is not", async () => {
    const folder = await temporaryFolder();
    const socket = join(folder, "docker.sock");
    await writeFile(join(folder, "dead.sock"), "");
    const server = createServer((_, response) => response.end("OK")).listen(socket);
    onTestFinished(() => void server.close());
    const sockets = [join(folder, "none.sock"), join(folder, "dead.sock"), socket];
    expect(await findDockerEngine({ env: {}, sockets })).toBe(`unix://${socket}`);
    expect(await findDockerEngine({ env: {}, sockets: sockets.slice(0, 2) })).toBeUndefined();
  });

  test("must answer when DOCKER_HOST names it, and be on this machine", async () => {
    const find = (host: string) => findDockerEngine({ env: { DOCKER_HOST: host } });
    await expect(find("unix:///nowhere/docker.sock")).rejects.toThrow("nothing usable answers there");
    await expect(find("ssh://me@elsewhere")).rejects.toThrow("an engine on another machine");
  });
});

describe("installing Docker", () => {
  test("asks for the engine's packages only where there is no dockerd", async () => {
    const env = { PATH: await temporaryFolder() };
    expect(missingPackages({ needEngine: true, env })).toEqual(expect.arrayContaining(["docker.io", "iptables"]));
    expect(missingPackages({ needEngine: false, env })).not.toContain("docker.io");
  });

  test("tells who is not root, or not on Debian, how to get it", async () => {
    const options = { packages: ["docker.io"], cache: await temporaryFolder(), progress: undefined };
    const told = (more: object) => installPackages({ ...options, ...more }).catch((error: any) => error.toText());
    expect(await told({ uid: 1000, debian: true })).toMatch(/as root: apt-get install .*docker\.io.*uid is 1000/s);
    expect(await told({ uid: 0, debian: false })).toMatch(/lacks a running Docker Engine.*DOCKER_HOST/s);
  });

  test("notes what is new, so that undoing it removes nothing else", () => {
    const simulation =
      "Inst runc (1.1 Debian [amd64])\nInst curl [7.1] (7.2 Debian)\nConf runc (1.1 Debian)\nInst docker.io (20.10 Debian)";
    expect(newPackages(simulation)).toEqual(["runc", "docker.io"]);
    expect(sizes("x\nNeed to get 64 MB of archives.\nAfter this operation, 270 MB will be used.\n")).toHaveLength(2);
  });
});

describe("a lock", () => {
  test("lets one in at a time and is taken over from a dead owner", async () => {
    const file = join(await temporaryFolder(), "lock");
    await writeFile(file, "4194301 1");
    let inside = 0;
    let most = 0;
    const enter = () =>
      withLock(file, async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setTimeout(resolve, 20));
        inside -= 1;
      });
    await Promise.all([enter(), enter(), enter()]);
    expect(most).toBe(1);
  });
});
