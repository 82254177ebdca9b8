import { randomBytes } from "node:crypto";
import { type Color, colors, perColor } from "@bluegreen/core";
import Docker from "dockerode";
import { connectDocker } from "../src/docker/client.ts";
import { labels } from "../src/docker/labels.ts";
import { findNamed, removeNamed } from "../src/docker/notes.ts";
import { DockerWorkers } from "../src/docker/workers.ts";
import { type WorkersFixture, workersConformance } from "./workers-conformance.ts";

const docker = new Docker();
/** The library's own client. */
const api = connectDocker("");

/** A container of each color, created and not started, as the component declares an exclusive service. */
async function twoContainers(): Promise<WorkersFixture> {
  const app = `workers-${randomBytes(3).toString("hex")}`;
  const names = perColor((color) => `${app}-${color}`);
  for (const color of colors) {
    await docker.createContainer({
      name: names[color],
      Image: "localhost/bluegreen/shop:1.0.0",
      Labels: {
        [labels.app]: app,
        [labels.role]: "backend",
        [labels.color]: color,
        [labels.exclusive]: "true",
      },
      HostConfig: { NetworkMode: "none", RestartPolicy: { Name: "unless-stopped" } },
    });
  }
  const filters = { label: [`${labels.app}=${app}`] };
  const all = () => docker.listContainers({ all: true, filters });
  return {
    app,
    names,
    open: () => new DockerWorkers(api, app),
    async running() {
      const running = (await all()).filter(({ State }) => State === "running");
      return running.map(({ Labels }) => Labels[labels.color] as Color);
    },
    startByHand: (color) => docker.getContainer(names[color]).start(),
    async close() {
      for (const { Id } of await all()) await docker.getContainer(Id).remove({ force: true });
      for (const { Name } of await findNamed(api, app, "record")) await removeNamed(api, Name);
    },
  };
}

workersConformance("Docker", twoContainers);
