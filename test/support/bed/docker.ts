import { containersWith, docker, freePort, inventory, logsOf } from "@bluegreen/testkit/docker/engine";
import { leasesOf } from "@bluegreen/testkit/docker/notes";
import { moveByHand } from "@bluegreen/testkit/docker/router-by-hand";
import { readLiveFiles } from "../../../packages/pulumi/dist/docker/caddy/live-files.js";
import type { Backend, Bed, Front, Ground, World } from "../bed.ts";
import { askAdmin } from "./caddy-admin.ts";
import { apiOf } from "./docker-api.ts";

/** A Docker Engine on another machine: how the deployer reaches it, and how who sits there does. */
export interface Elsewhere {
  readonly env: Readonly<Record<string, string>>;
  readonly engine: typeof docker;
  readonly inside: readonly string[];
}

/** The Docker Engine at DOCKER_HOST, or one elsewhere, with Caddy as the router. */
export class DockerBed implements Bed {
  readonly platform = "docker";
  readonly nobody = { status: 503, color: "", version: "" };
  private readonly elsewhere: Elsewhere | undefined;

  constructor(elsewhere?: Elsewhere) {
    this.elsewhere = elsewhere;
  }

  async open(): Promise<Ground> {
    const { env, engine, inside } = this.elsewhere ?? { env: {}, engine: docker, inside: [] };
    const strangers: string[] = [];
    return {
      env,
      platform: { kind: "docker" },
      async front() {
        const port = await freePort();
        const colorPorts = { blue: await freePort(), green: await freePort() };
        const image = process.env.BLUEGREEN_CADDY_IMAGE;
        const router = { kind: "caddy", port, bind: "127.0.0.1", image, colorPorts };
        return { url: `http://127.0.0.1:${port}`, router, inside };
      },
      world: (identity, front) => new DockerWorld(identity, front, strangers, engine),
      close: async () => {},
      async clear() {
        for (const name of strangers) await engine.getContainer(name).remove({ force: true });
      },
    };
  }
}

export class DockerWorld implements World {
  /** A file has no author. */
  readonly hand = /^/;
  private readonly identity: string;
  private readonly front: Front;
  private readonly strangers: string[];
  private readonly engine: typeof docker;

  constructor(identity: string, front: Front, strangers: string[], engine: typeof docker) {
    this.identity = identity;
    this.front = front;
    this.strangers = strangers;
    this.engine = engine;
  }

  async backends(color: string): Promise<Backend[]> {
    const labels = { "bluegreen.app": this.identity, "bluegreen.role": "backend", "bluegreen.color": color };
    return (await containersWith(labels, this.engine)).map(({ Id, Names, Labels }) => ({
      id: Id,
      name: (Names[0] ?? "").slice(1),
      service: Labels["bluegreen.service"] ?? "",
      workload: Id,
      labels: Object.fromEntries(Object.entries(Labels).map(([key, value]) => [key.replace("bluegreen.", ""), value])),
    }));
  }

  async removeByHand(color: string): Promise<void> {
    const names = (await this.backends(color)).map(({ name }) => name).sort();
    await docker.getContainer(names.at(-1) ?? "").remove({ force: true });
  }

  /** What `docker system prune -f` does, and of this app only. */
  async tidy(): Promise<void> {
    const filters = { label: [`bluegreen.app=${this.identity}`] };
    await this.engine.pruneContainers({ filters });
    await this.engine.pruneNetworks({ filters });
  }

  async running(color: string): Promise<string[]> {
    const labels = { "bluegreen.app": this.identity, "bluegreen.role": "backend", "bluegreen.color": color };
    return (await containersWith(labels)).filter(({ State }) => State === "running").map(({ Id }) => Id);
  }

  async workloads(color: string): Promise<string[]> {
    return (await this.backends(color)).map(({ id }) => id).sort();
  }

  subjects(color: string): Promise<string[]> {
    return this.workloads(color);
  }

  async starts(color: string): Promise<string[]> {
    const ids = await this.workloads(color);
    const states = await Promise.all(ids.map(async (id) => (await this.engine.getContainer(id).inspect()).State));
    return states.map(({ Status, StartedAt }, index) => `${ids[index]} ${Status} since ${StartedAt}`);
  }

  async environment(color: string, service: string): Promise<Record<string, string>> {
    const one = (await this.backends(color)).find((it) => it.service === service);
    if (!one) throw new Error(`${color} has no container of ${service}`);
    const { Config } = await this.engine.getContainer(one.id).inspect();
    return Object.fromEntries(Config.Env.map((line) => [line.split("=")[0], line.slice(line.indexOf("=") + 1)]));
  }

  async colorUrl(color: string): Promise<string> {
    const { colorPorts } = this.front.router as unknown as { colorPorts: Record<string, number> };
    return `http://127.0.0.1:${colorPorts[color]}`;
  }

  async view() {
    const files = await readLiveFiles(apiOf(this.engine), (await this.router()).id);
    return { generation: files.generation, backends: files.backends, text: JSON.stringify(files) };
  }

  async moveByHand(color: string, service = "web"): Promise<void> {
    const [backend] = (await this.backends(color)).filter((one) => one.service === service);
    await moveByHand(this.engine, (await this.router()).id, `${backend?.name}:8080`, service);
  }

  /** As somebody would who knows Caddy: the upstreams are replaced. Caddy reloads for that. */
  async moveToStranger(): Promise<void> {
    const name = await this.startStranger();
    const upstreams = [{ dial: `${name}:8080` }];
    const answer = await askAdmin((await this.router()).id, "/id/live-web/upstreams", "PATCH", upstreams, this.engine);
    if (answer.status !== 200) throw new Error(`the router answered ${answer.status}: ${answer.body}`);
  }

  leases(): Promise<string[]> {
    return leasesOf(this.identity, this.engine);
  }

  async inventory(): Promise<string[]> {
    const found = await inventory({ "bluegreen.app": this.identity }, this.engine);
    // The names of notes count what has been written.
    const uncounted = (name: string) => name.replace(/^(bluegreen-.*)-\d+$/, "$1");
    return Object.entries(found).flatMap(([kind, names]) => names.map((name) => `${kind}/${uncounted(name)}`));
  }

  async journal(): Promise<string> {
    const filters = { label: [`bluegreen.app=${this.identity}`, "bluegreen.role=journal"] };
    const { Volumes: notes } = await this.engine.listVolumes({ filters });
    if (notes?.length) return notes.map(({ Labels: said }) => said["bluegreen.record"]).join("\n");
    return read(await (await this.router()).getArchive({ path: "/data/bluegreen/journal" }));
  }

  async visible(): Promise<Record<string, string>> {
    const router = await this.router();
    const volume = await read(await router.getArchive({ path: "/data" }));
    const { body: configuration } = await askAdmin(router.id, "/config/", "GET", undefined, this.engine);
    const inspection = JSON.stringify(await router.inspect());
    const all = await containersWith({ "bluegreen.app": this.identity }, this.engine);
    const logs = (await Promise.all(all.map(({ Id }) => logsOf(Id, this.engine)))).join("\n");
    return { "the router's volume": volume, "the router's configuration": configuration, inspection, logs };
  }

  async router(): Promise<ReturnType<typeof docker.getContainer>> {
    const [router] = await containersWith({ "bluegreen.app": this.identity, "bluegreen.role": "router" }, this.engine);
    if (!router) throw new Error("there is no router container");
    return this.engine.getContainer(router.Id);
  }

  /** A container of nobody's in blue's network, where the router can reach it. */
  /** Starts a container of somebody else's that publishes a port of the host. */
  async publish(address: string): Promise<{ readonly name: string; readonly port: number }> {
    const name = `neighbour-of-${this.identity}`;
    const PortBindings = { "8080/tcp": [{ HostIp: address, HostPort: "" }] };
    const container = await this.engine.createContainer({
      name,
      Image: "localhost/bluegreen/shop:1.2.0",
      Labels: { "bluegreen.test": "stranger" },
      ExposedPorts: { "8080/tcp": {} },
      HostConfig: { PortBindings },
    });
    this.strangers.push(name);
    await container.start();
    const { NetworkSettings } = await container.inspect();
    return { name, port: Number(NetworkSettings.Ports["8080/tcp"]?.[0]?.HostPort) };
  }

  private async startStranger(): Promise<string> {
    const { networks } = await inventory({ "bluegreen.app": this.identity }, this.engine);
    const name = `stranger-of-${this.identity}`;
    const container = await this.engine.createContainer({
      name,
      Image: "localhost/bluegreen/shop:1.2.0",
      Labels: { "bluegreen.test": "stranger" },
      HostConfig: { NetworkMode: networks.find((network) => network.includes("blue")) ?? "none" },
    });
    this.strangers.push(name);
    await container.start();
    return name;
  }
}

async function read(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("latin1");
}
