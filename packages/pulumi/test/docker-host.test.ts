import { parseSettings } from "@bluegreen/core/settings";
import { afterEach, describe, expect, it, test, vi } from "vitest";
import type { SettingsOn } from "../src/app/declaration-of.ts";
import { connectDocker } from "../src/docker/client.ts";
import { remoteFaults } from "../src/docker/declare/remote.ts";
import { isRemote, machineOf } from "../src/docker/engine-host.ts";
import { sshArguments } from "../src/docker/ssh.ts";

afterEach(() => vi.unstubAllEnvs());

describe("a Docker host is another machine", () => {
  test.each([
    ["", false],
    ["unix:///var/run/docker.sock", false],
    ["tcp://localhost:2375", false],
    ["tcp://127.0.0.1:2375", false],
    ["tcp://[::1]:2375", false],
    ["tcp://docker:2375", true],
    ["ssh://ann@db1", true],
  ])("%s: %s", (host, remote) => {
    vi.stubEnv("DOCKER_HOST", undefined);
    expect(isRemote({ host })).toBe(remote);
    expect(isRemote({ host, remote: !remote })).toBe(!remote);
    vi.stubEnv("DOCKER_HOST", host);
    expect(isRemote({ host: "" })).toBe(remote);
  });

  it("has the name that the engine's address gives it", () => {
    vi.stubEnv("DOCKER_HOST", "ssh://ambient");
    expect([machineOf("tcp://10.0.0.5:2376"), machineOf(""), machineOf("unix:///x")]).toEqual([
      "10.0.0.5",
      "ambient",
      null,
    ]);
  });
});

describe("a worker that is asked by its own address", () => {
  const faultsOn = (platform: object, router: object) => {
    const parsed = parseSettings("shop", {
      activeColor: "blue",
      releases: { blue: { version: "1", images: { bot: "bot:1" } } },
      services: { bot: { port: 80, ready: "/ready" } },
      platform: { kind: "docker", ...platform },
      router,
    });
    return parsed.ok ? remoteFaults(parsed.settings as SettingsOn<"docker">).map(({ at }) => at) : parsed.faults;
  };
  const none = { kind: "none", exclusive: true };

  it("is refused on a Docker host that is elsewhere, and only there", () => {
    vi.stubEnv("DOCKER_HOST", undefined);
    expect(faultsOn({ host: "ssh://ann@db1" }, none)).toEqual(["services.bot.ready"]);
    expect(faultsOn({ remote: true }, none)).toEqual(["services.bot.ready"]);
    expect(faultsOn({}, none)).toEqual([]);
    expect(faultsOn({ host: "ssh://ann@db1" }, { kind: "caddy", expose: "bot", port: 80 })).toEqual([]);
  });
});

describe("ssh", () => {
  const told = (host: string) => sshArguments(new URL(host)).join(" ");
  const options = "-o ConnectTimeout=30 -o ServerAliveInterval=15 -T --";

  it("is told what the Docker CLI tells it", () => {
    expect(told("ssh://db1")).toBe(`${options} db1 docker system dial-stdio`);
    expect(told("ssh://ann@db1:2222")).toBe(`-l ann -p 2222 ${options} db1 docker system dial-stdio`);
    expect(told("ssh://db1/run/user/1000/docker.sock")).toBe(
      `${options} db1 docker --host=unix:///run/user/1000/docker.sock system dial-stdio`,
    );
  });

  it("takes no password, and no host for an option", () => {
    expect(() => told("ssh://ann:hunter2@db1")).toThrow("takes no password");
    expect(told("ssh://-oProxyCommand=x")).toContain("-- -oProxyCommand=x docker");
  });
});

it("a Docker host of another kind is refused with the kinds that there are", () => {
  expect(() => connectDocker("npipe:////./pipe/docker")).toThrow("must begin with unix://, tcp:// or ssh://");
});

it("a login in a Docker host is used or refused, and not repeated", () => {
  expect(() => connectDocker("tcp://ann:hunter2@db1:2375")).toThrow("takes no login");
  expect(() => connectDocker("http://ann:hunter2@db1:2375")).toThrow('"http://…@db1:2375"');
});
