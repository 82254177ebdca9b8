import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Color, RouterRecord } from "@bluegreen/core";
import { containersWith, docker, freePort, runInside } from "@bluegreen/testkit/docker/engine";
import { lastNote, leasesOf } from "@bluegreen/testkit/docker/notes";
import { ApiPath } from "./api-path.ts";
import type { Front, Ground } from "./ground.ts";

const execute = promisify(execFile);
const data = "/data/bluegreen";
const moveToSmallDisk = `
set -eu
! busybox grep -q " /small " /proc/mounts || exit 0
mkdir -p /small
busybox mount -t tmpfs -o size=4m tmpfs /small
cp -a ${data} /small/
busybox mount --bind /small/bluegreen ${data}`;
/** Twice what fits, and no more: should the disk not be small after all, it is not the host's that is filled. */
const fillSmallDisk = "busybox dd if=/dev/zero of=/small/filler bs=1k count=8192 2> /dev/null; true";

/** The Docker Engine at DOCKER_HOST, with Caddy as the router. */
export class DockerGround implements Ground {
  readonly platform = "docker";
  readonly newConnectionsOnly = false;
  readonly settings = { kind: "docker" };
  readonly api: ApiPath;
  /** By service. */
  private readonly colorPorts = new Map<string, Record<Color, number>>();
  private readonly networks = new Map<string, readonly { id: string; aliases: readonly string[] }[]>();
  private app = "";

  private constructor(api: ApiPath) {
    this.api = api;
  }

  static async open(): Promise<DockerGround> {
    const host = new URL(process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock");
    const unix = host.protocol === "unix:";
    const api = await (unix ? ApiPath.toSocket(host.pathname) : ApiPath.toAddress(host.hostname, Number(host.port)));
    return new DockerGround(api);
  }

  async front(service: string): Promise<Front> {
    const port = await freePort();
    const colorPorts = { blue: await freePort(), green: await freePort() };
    this.colorPorts.set(service, colorPorts);
    const image = process.env.BLUEGREEN_CADDY_IMAGE ?? "caddy:2.11.9-alpine";
    const router = { kind: "caddy", expose: service, port, bind: "127.0.0.1", colorPorts, image };
    return { url: `http://127.0.0.1:${port}`, router };
  }

  get env() {
    const unix = (process.env.DOCKER_HOST ?? "unix:").startsWith("unix:");
    return { DOCKER_HOST: unix ? `unix://${this.api.socket}` : `tcp://127.0.0.1:${this.api.port}` };
  }

  found(app: string): void {
    this.app = app;
  }

  /** One for all fronts; without any, the app's last note. */
  async records(): Promise<RouterRecord[]> {
    if (this.colorPorts.size > 0) return [JSON.parse(await this.inRouter(`cat ${data}/live/current/record.json`))];
    const said = await lastNote(this.app, "record");
    return said ? [JSON.parse(said["bluegreen.kept"] ?? "").record] : [];
  }

  leases(): Promise<string[]> {
    return leasesOf(this.app);
  }

  async running(): Promise<string[]> {
    const backends = await this.find({ "bluegreen.role": "backend" });
    return backends.filter(({ State }) => State === "running").map(({ Labels }) => Labels["bluegreen.color"] ?? "");
  }

  async colorUrl(color: Color, service: string): Promise<string> {
    return `http://127.0.0.1:${this.colorPorts.get(service)?.[color]}`;
  }

  /** A kill by Docker would not be one after which it starts the container again. */
  async crash(color: Color): Promise<void> {
    for (const id of await this.backends(color)) {
      const { State } = await docker.getContainer(id).inspect();
      process.kill(State.Pid, "SIGKILL");
    }
  }

  async freeze(color: Color): Promise<void> {
    for (const id of await this.backends(color)) await docker.getContainer(id).pause();
  }

  async thaw(color: Color): Promise<void> {
    for (const id of await this.backends(color)) await docker.getContainer(id).unpause();
  }

  /** `docker network disconnect`, from all that it is in. */
  async isolate(color: Color): Promise<void> {
    for (const id of await this.backends(color)) {
      const { NetworkSettings } = await docker.getContainer(id).inspect();
      const networks = Object.values(NetworkSettings.Networks).map(({ NetworkID, Aliases }) => {
        return { id: NetworkID, aliases: Aliases ?? [] };
      });
      this.networks.set(id, networks);
      for (const network of networks) await docker.getNetwork(network.id).disconnect({ Container: id });
    }
  }

  async reconnect(color: Color): Promise<void> {
    for (const container of await this.backends(color)) {
      for (const { id, aliases } of this.networks.get(container) ?? []) {
        await docker.getNetwork(id).connect({ Container: container, EndpointConfig: { Aliases: [...aliases] } });
      }
      this.networks.delete(container);
    }
  }

  async stopRouter(): Promise<void> {
    await docker.getContainer(await this.router()).kill();
  }

  async startRouter(): Promise<void> {
    await docker.getContainer(await this.router()).start();
  }

  /**
   * The router's data moves to a small file system first, by one mount that no request notices, and that is full then.
   * Mounting takes the rights of the host's root, which no process in the container has.
   */
  async fillJournal(): Promise<void> {
    const { State } = await docker.getContainer(await this.router()).inspect();
    await execute("nsenter", ["-t", String(State.Pid), "-m", "-p", "/bin/busybox", "sh", "-c", moveToSmallDisk]);
    await this.inRouter(fillSmallDisk);
  }

  async emptyJournal(): Promise<void> {
    await this.inRouter("rm -f /small/filler");
  }

  async mend(): Promise<void> {
    this.api.be("open");
  }

  close(): Promise<void> {
    return this.api.close();
  }

  private async inRouter(script: string): Promise<string> {
    return runInside(await this.router(), script);
  }

  private async router(): Promise<string> {
    const [router] = await this.find({ "bluegreen.role": "router" });
    if (!router) throw new Error("there is no router container");
    return router.Id;
  }

  private async backends(color: Color): Promise<string[]> {
    return (await this.find({ "bluegreen.role": "backend", "bluegreen.color": color })).map(({ Id }) => Id);
  }

  private find(labels: Record<string, string>) {
    return containersWith({ "bluegreen.app": this.app, ...labels });
  }
}
