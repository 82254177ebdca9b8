import type { Color } from "@bluegreen/core";
import { exposedBy } from "../app/fronts.ts";
import { mannerOf } from "../checks/parts/reach.ts";
import type { SiteParts } from "../contracts/site.ts";
import { request } from "../io/http-request.ts";
import { reasonOf } from "../io/reason.ts";
import type { Docker } from "./api.ts";
import { EngineBackends } from "./backends.ts";
import { DockerContainer } from "./containers.ts";
import { crashesOf, whyNotRunning } from "./inventory.ts";
import { TunnelAgents } from "./tunnel.ts";

/** Deadline of the last look at a candidate's `ready` path before the switch. */
const readyTimeoutMs = 5_000;

/** Containers behind Caddy, asked from there: from where traffic will come. */
export class RoutedBackends extends EngineBackends {
  private readonly router: string;

  /** `router`: id of its container. */
  constructor(docker: Docker, parts: SiteParts, router: string) {
    super(docker, parts);
    this.router = router;
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
    const { docker, router: container } = this;
    // Each connection ends with its request: nobody says when the last check was made.
    const outpost = { container, agents: new TunnelAgents(docker, container, { keepAlive: false }) };
    return (await this.running(color)).map((one) => new DockerContainer(docker, one, reaches, outpost));
  }

  /** Why a container behind a router does not say that it is ready. */
  private async whyNotAnswering(color: Color): Promise<string | null> {
    const agents = new TunnelAgents(this.docker, this.router);
    try {
      for (const service of exposedBy(this.parts)) {
        const reach = this.parts.reach[color][service];
        if (!reach?.ready) continue;
        const { path, port } = reach.ready;
        const manner = mannerOf(reach, port);
        const asked = { ...manner, path, port, timeoutMs: readyTimeoutMs, agent: agents.over(manner.scheme) };
        for (const { name: host } of this.parts.workloads[color].filter((one) => one.service === service)) {
          const { status } = await request({ ...asked, host });
          if (status !== 200) return `${host}:${port} answered ${path} with ${status}, not 200`;
        }
      }
      return null;
    } catch (error) {
      return reasonOf(error);
    } finally {
      agents.destroy();
    }
  }
}
