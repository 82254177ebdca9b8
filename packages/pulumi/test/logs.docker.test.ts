import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { connectDocker } from "../src/docker/client.ts";
import { runExec } from "../src/docker/exec.ts";
import { beginOf, readLogs } from "../src/docker/logs.ts";
import { bounds } from "../src/io/bounds.ts";

const docker = new Docker();
/** The library's own client. */
const api = connectDocker("");
const image = process.env.BLUEGREEN_CADDY_IMAGE ?? "caddy:2.11.9-alpine";

describe("what a container printed", () => {
  let container: Docker.Container;
  beforeAll(async () => {
    container = await docker.createContainer({
      Image: image,
      Entrypoint: ["sh", "-c", "echo first; echo second >&2; sleep 60"],
      StopSignal: "SIGKILL",
      HostConfig: { NetworkMode: "none" },
    });
    await container.start();
  });
  afterAll(() => container?.remove({ force: true }));

  const printed = (sinceMs: number | null) => readLogs(api, container.id, sinceMs);

  it("is there from its first line on, which it may print before the engine says that it runs", async () => {
    await vi.waitFor(async () =>
      expect((await printed(null)).match(/first|second/g)?.sort()).toEqual(["first", "second"]),
    );
    expect(beginOf({ FinishedAt: "0001-01-01T00:00:00Z" })).toBe(0);
  });

  it("of a program inside it is its end, however much it prints", async () => {
    const script = "head -c 30000000 /dev/zero | tr '\\0' x; echo last; exit 3";
    const { exit, output } = await runExec(api, container.id, ["sh", "-c", script], 60_000);
    expect({ exit, end: output.slice(-6) }).toEqual({ exit: 3, end: "xlast\n" });
    expect(output.length).toBe(bounds.printed);
  });

  it("is not what it printed before it was started again", async () => {
    await container.restart();
    await vi.waitFor(async () =>
      expect((await printed(null)).match(/first|second/g)?.sort()).toEqual(["first", "second"]),
    );
    expect((await printed(60_000)).match(/first/g)).toHaveLength(1);
  });
});
