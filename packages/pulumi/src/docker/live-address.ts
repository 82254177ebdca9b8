import type { Color, DrainRecord } from "@bluegreen/core";
import { exposedBy } from "../app/fronts.ts";
import type { CaddyRouterAddress } from "../contracts/addresses.ts";
import type { OpenedUrl } from "../contracts/check.ts";
import type { Asker, LiveAddress, RouterContainer, SiteParts } from "../contracts/site.ts";
import { forwardLocally } from "../io/local-forward.ts";
import type { Docker } from "./api.ts";
import { leadToColors } from "./caddy/live-files.ts";
import { restartContainers } from "./drain.ts";
import type { HostProbe } from "./host-probe.ts";
import { wakeRouter } from "./wake.ts";

/** The ports that Caddy publishes. */
export class CaddyLiveAddress implements LiveAddress {
  readonly asker: Asker | null;
  readonly container: RouterContainer;
  readonly adopted = null;
  private readonly docker: Docker;
  private readonly parts: SiteParts;
  private readonly live: CaddyRouterAddress["live"];
  private readonly probe: HostProbe | null;

  /** `probe`: asks on the Docker host, where the deployer is elsewhere. */
  constructor(docker: Docker, parts: SiteParts, { container, live }: CaddyRouterAddress, probe: HostProbe | null) {
    this.docker = docker;
    this.parts = parts;
    this.live = live;
    this.probe = probe;
    this.asker = probe && { from: "the Docker host", close: () => probe.close() };
    this.container = {
      wake: () => wakeRouter(docker, container),
      leadToColors: () => leadToColors(docker, container, exposedBy(parts), parts.reach),
    };
  }

  async openUrl(): Promise<OpenedUrl> {
    const { probe, live } = this;
    if (probe) return forwardLocally((connection) => probe.join(live, connection));
    const { host, port } = live;
    return { url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`, close: async () => {} };
  }

  drain(color: Color, withinMs: number, fenced: () => Promise<string | null>): Promise<DrainRecord> {
    const own = this.parts.workloads[color];
    const behind = exposedBy(this.parts).flatMap((service) => own.filter((one) => one.service === service));
    return restartContainers(this.docker, color, behind, withinMs, fenced);
  }
}
