import Docker from "dockerode";
import { expect, it } from "vitest";
import { tenancyOf } from "../src/docker/capacity.ts";
import { connectDocker } from "../src/docker/client.ts";

const docker = new Docker();
/** The library's own client. */
const api = connectDocker("");
const image = process.env.BLUEGREEN_CADDY_IMAGE ?? "caddy:2.11.9-alpine";
const seconds = 6;

it("room on a host is measured while containers of others come and go", { timeout: 60_000 }, async () => {
  const end = Date.now() + seconds * 1_000;
  const comeAndGo = async () => {
    while (Date.now() < end) {
      const container = await docker.createContainer({
        Image: image,
        Entrypoint: ["sleep", "60"],
        StopSignal: "SIGKILL",
        HostConfig: { NetworkMode: "none" },
      });
      await container.start();
      await container.remove({ force: true });
    }
  };
  let measured = 0;
  const measure = async () => {
    while (Date.now() < end) {
      const { pools, unseen } = await (await tenancyOf(api, "shop")).measure([]);
      expect(unseen).toEqual([]);
      expect(pools[0]?.rooms[0]?.free.memory).toBeGreaterThan(0);
      measured++;
    }
  };
  await Promise.all([comeAndGo(), comeAndGo(), measure(), measure()]);
  expect(measured).toBeGreaterThan(0);
});
