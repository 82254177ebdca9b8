import { type Color, type DrainRecord, type JournalRecord, perColor } from "@bluegreen/core";
import type Docker from "dockerode";
import type { CaddyRouterAddress } from "../contracts/addresses.ts";
import type { OpenedUrl } from "../contracts/check.ts";
import type { Lease, LeaseWish } from "../contracts/lease.ts";
import type { Router, Targets } from "../contracts/router.ts";
import type { Site, SiteParts } from "../contracts/site.ts";
import { exposedBy, frontsOf } from "../fronts.ts";
import { request } from "../http-request.ts";
import { takeLease } from "../lease.ts";
import { forwardLocally } from "../local-forward.ts";
import { headersFor } from "../reach.ts";
import { reasonOf } from "../reason.ts";
import { CaddyRouter } from "../router/caddy.ts";
import { leadToColors } from "../router/live-files.ts";
import { dialOf, dialsOf } from "../router.ts";
import { DockerContainer } from "./containers.ts";
import { isRemote } from "./engine-host.ts";
import { EngineSite } from "./engine-site.ts";
import { HostProbe } from "./host-probe.ts";
import { crashesOf, findLeftovers, type RecordedParts, sweep, whyNotRunning } from "./inventory.ts";
import { keepRecord, routersFolder } from "./journal.ts";
import { DockerLeases } from "./lease.ts";
import { restartContainers } from "./restart.ts";
import { tunnelAgent } from "./tunnel.ts";
import { wakeRouter } from "./wake.ts";

/** Deadline of the last look at a candidate's `ready` path before the switch. */
const readyTimeoutMs = 5_000;

/** An app on one Docker host, with Caddy as its router. */
export class DockerSite extends EngineSite implements Site {
  readonly router: Router;
  readonly targets: Targets;
  readonly scaling = null;
  readonly askedFrom?: string;
  readonly duty = null;
  private readonly caddy: CaddyRouterAddress;
  private readonly exposed: readonly string[];
  private readonly probe: HostProbe | null = null;

  constructor(docker: Docker, parts: SiteParts) {
    super(docker, parts);
    const { app, platform, router } = parts;
    if (router.kind !== "caddy" || platform.kind !== "docker") {
      throw new TypeError(`a ${router.kind} router does not run on Docker`);
    }
    this.caddy = router;
    this.exposed = exposedBy(parts);
    const live = frontsOf(parts).map(({ router, service }) => ({
      service,
      ...(router as CaddyRouterAddress).live,
    }));
    const address = { container: router.container, app, live };
    if (isRemote(platform)) {
      const probe = new HostProbe(docker, { app, image: router.image });
      this.probe = probe;
      this.askedFrom = "the Docker host";
      this.router = new CaddyRouter(docker, { ...address, send: (ask) => probe.request(ask) });
    } else {
      this.router = new CaddyRouter(docker, address);
    }
    this.targets = perColor((color) => dialsOf(parts.workloads[color], this.exposed, parts.reach[color]));
  }

  takeLease(wish: LeaseWish): Promise<Lease | { readonly heldBy: string }> {
    return takeLease(new DockerLeases(this.docker, { app: this.parts.app, attempt: wish.attempt }), wish);
  }

  /** All of the color's containers run, and those behind the router say that they are ready. */
  async whyNotReady(color: Color): Promise<string | null> {
    const [stopped, unready] = await Promise.all([
      whyNotRunning(this.docker, this.parts.workloads[color]),
      this.whyNotAnswering(color),
    ]);
    return stopped ?? unready;
  }

  crashes(color: Color): Promise<string[]> {
    return crashesOf(this.docker, this.parts.workloads[color]);
  }

  async containers(color: Color): Promise<DockerContainer[]> {
    const reaches = this.parts.reach[color];
    const { container } = this.caddy;
    // Each connection ends with its request: nobody says when the last check was made.
    const outpost = { container, agent: tunnelAgent(this.docker, container, { keepAlive: false }) };
    return (await this.running(color)).map((one) => new DockerContainer(this.docker, one, reaches, outpost));
  }

  async openUrl(): Promise<OpenedUrl> {
    const { probe } = this;
    const { live } = this.caddy;
    if (probe) return forwardLocally((connection) => probe.join(live, connection));
    const { host, port } = live;
    return { url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`, close: async () => {} };
  }

  async hasLeftovers(): Promise<boolean> {
    const { containers, networks } = await findLeftovers(this.docker, this.parts.app, this.recorded());
    return containers.length > 0 || networks.length > 0;
  }

  async sweep(live: readonly string[]): Promise<void> {
    const leftovers = await findLeftovers(this.docker, this.parts.app, this.recorded());
    await sweep(
      this.docker,
      leftovers,
      live.map((backend) => hostOf(dialOf(backend))),
    );
  }

  drain(color: Color, withinMs: number, fenced: () => Promise<string | null>): Promise<DrainRecord> {
    const behind = this.exposed.flatMap((service) => this.containersOf(color, service));
    return restartContainers(this.docker, color, behind, withinMs, fenced);
  }

  keepJournal(record: JournalRecord): Promise<void> {
    return keepRecord(this.docker, { container: this.caddy.container, folder: routersFolder }, record);
  }

  async close(): Promise<void> {
    await this.probe?.close();
  }

  leadToColors(): Promise<void> {
    return leadToColors(this.docker, this.caddy.container, this.exposed, this.parts.reach);
  }

  wakeRouter(): Promise<void> {
    return wakeRouter(this.docker, this.caddy.container);
  }

  private recorded(): RecordedParts {
    const { later } = this.parts;
    return { containers: [...this.recordedIds, this.caddy.container], networks: this.caddy.networks, later };
  }

  private containersOf(color: Color, service: string) {
    return this.parts.workloads[color].filter((one) => one.service === service);
  }

  /** Why a container behind a router, asked from where traffic will come, does not say that it is ready. */
  private async whyNotAnswering(color: Color): Promise<string | null> {
    const agent = tunnelAgent(this.docker, this.caddy.container);
    try {
      for (const service of this.exposed) {
        const reach = this.parts.reach[color][service];
        if (!reach?.ready) continue;
        const { path, port } = reach.ready;
        const asked = { path, port, headers: headersFor(reach), timeoutMs: readyTimeoutMs };
        for (const { name: host } of this.containersOf(color, service)) {
          const { status } = await request({ ...asked, host, agent });
          if (status !== 200) return `${host}:${port} answered ${path} with ${status}, not 200`;
        }
      }
      return null;
    } catch (error) {
      return reasonOf(error);
    } finally {
      agent.destroy();
    }
  }
}

function hostOf(target: string): string {
  return target.slice(0, target.lastIndexOf(":"));
}
