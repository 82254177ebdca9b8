import { randomBytes } from "node:crypto";
import Docker from "dockerode";
import { afterEach, describe, expect, test } from "vitest";
import { connectDocker } from "../src/docker/client.ts";
import { DockerLeases, readUnfinished } from "../src/docker/lease.ts";
import { findNamed, noteRoles, removeNamed } from "../src/docker/notes.ts";

const docker = new Docker();
/** The library's own client. */
const api = connectDocker("");
const app = `lease-${randomBytes(3).toString("hex")}`;
const claim = { from: "blue", to: "green" } as const;
const open = (attempt = 1) => new DockerLeases(api, { app, attempt });

describe("Docker's lease", () => {
  afterEach(async () => {
    for (const role of noteRoles) for (const { Name } of await findNamed(api, app, role)) await removeNamed(api, Name);
  });

  test("is taken by one of several at once", async () => {
    const taken = await Promise.all(Array.from({ length: 4 }, () => open().create(claim)));
    expect(taken.filter((id) => id !== null)).toHaveLength(1);
    expect(await readUnfinished(api, app)).toMatchObject({ attempt: 1, from: "blue", to: "green" });
  });

  test("changes with each heartbeat, and with its release is there for the next one", async () => {
    const leases = open();
    const id = (await leases.create(claim)) ?? "";
    expect(await leases.heartbeat(id)).toBeNull();
    await leases.renew(id);
    const first = await leases.heartbeat(id);
    await leases.renew(id);
    expect(await leases.heartbeat(id)).not.toBe(first);
    expect(await leases.lost(id)).toBeNull();
    await leases.remove(id);
    expect(await readUnfinished(api, app)).toBeNull();
    expect(await leases.lost(id)).toBe("another run took it over");
    expect(await open(2).create(claim)).not.toBeNull();
  });

  test("that was taken over is not removed by who took it for dead before", async () => {
    const dead = (await open().create(claim)) ?? "";
    const first = open(2);
    await first.remove(dead);
    const id = (await first.create(claim)) ?? "";
    await open(3).remove(dead);
    expect(await first.lost(id)).toBeNull();
    expect(await open(3).create(claim)).toBeNull();
  });

  test("outlives a host that is tidied: it is a named volume, and no container", async () => {
    await open().create(claim);
    const filters = { label: [`bluegreen.app=${app}`] };
    await docker.pruneContainers({ filters });
    await docker.pruneNetworks({ filters });
    expect(await readUnfinished(api, app)).toMatchObject({ to: "green" });
  });
});
