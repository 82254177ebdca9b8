import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { CutoverRecord } from "@bluegreen/core";
import { containersWith, docker, inventory } from "@bluegreen/testkit/docker/engine";
import { freePort } from "@bluegreen/testkit/docker/free-port";
import { filesIn } from "@bluegreen/testkit/tar";
import { recordOf } from "./journal.ts";
import type { DemoPlatform } from "./platform.ts";

/** The Docker Engine at DOCKER_HOST, with Caddy as the router. */
export class DockerDemo implements DemoPlatform {
  readonly stackName = "demo";
  readonly where = "Docker, Caddy in front";
  readonly hints = [];

  async prepare() {
    const port = await freePorts();
    const caddyImage = process.env.BLUEGREEN_CADDY_IMAGE ?? "caddy:2.11.9-alpine";
    return { url: `http://127.0.0.1:${port}`, config: { platform: "docker", port: String(port), caddyImage } };
  }

  async running(app: string): Promise<string[]> {
    const containers = await containersWith({ "bluegreen.app": app });
    return containers.map(({ Id, Names, Created, State }) => `${Names[0]} ${Id} ${Created} ${State}`).sort();
  }

  /** Its answers tell. */
  async routed(): Promise<undefined> {}

  async record(app: string, attempt: number): Promise<CutoverRecord | undefined> {
    const [router] = await containersWith({ "bluegreen.app": app, "bluegreen.role": "router" });
    if (!router) return undefined;
    const parts: Buffer[] = [];
    const archive = await docker.getContainer(router.Id).getArchive({ path: "/data/bluegreen/journal" });
    for await (const part of archive) parts.push(Buffer.from(part));
    return recordOf(filesIn(Buffer.concat(parts)), attempt);
  }

  async leftBehind(app: string): Promise<string[]> {
    const { containers, networks, volumes } = await inventory({ "bluegreen.app": app });
    return [...containers, ...networks, ...volumes];
  }
}

/** The live port; each color answers by itself on the two after it. */
async function freePorts(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = await freePort();
    const others = await Promise.all([port + 1, port + 2].map(isFree));
    if (port + 2 < 65_536 && others.every((free) => free)) return port;
    await sleep(1);
  }
  throw new Error("there are no three free ports in a row on 127.0.0.1");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().on("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
