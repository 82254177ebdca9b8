import { isDeepStrictEqual } from "node:util";
import type { RouterRecord } from "@bluegreen/core";
import type Docker from "dockerode";
import type { EntranceRequest } from "../check.ts";
import { openTunnel } from "../docker/tunnel.ts";
import { request } from "../http-request.ts";
import { interpret, type LiveAnswer, type Router, type Seen, type Targets, type Written } from "../router.ts";
import { adminAddress, backendHeader, literalUpstreams, livePath, liveServer, proofHeader } from "./caddy-config.ts";
import { readLiveFiles, swapLiveFiles } from "./live-files.ts";

export interface CaddyAddress {
  /** Name or id of the router's container. */
  readonly container: string;
  /** The app's identity. */
  readonly app: string;
  /** Where users reach it, as the deployer does; not needed to observe it. */
  readonly live?: { readonly host: string; readonly port: number };
}

/** Port of the live server inside the container; the one on the host is the user's choice. */
export const livePort = 8080;

const adminTimeoutMs = 30_000;

/**
 * Caddy as the router. Its configuration is constant, and the traffic moves by one rename in its container, so no
 * connection is touched; a kept-alive one goes to the new color with its next request. The files are on a volume: a
 * restarted or replaced router keeps its color.
 */
export class CaddyRouter implements Router {
  readonly kind = "caddy";
  private readonly address: CaddyAddress;
  private readonly docker: Docker;
  private readonly server: object;
  private bypassed = false;

  constructor(docker: Docker, address: CaddyAddress) {
    this.address = address;
    this.docker = docker;
    this.server = liveServer({ app: address.app, livePort });
  }

  async observe(targets: Targets): Promise<Seen> {
    const files = await readLiveFiles(this.docker, this.address.container);
    this.bypassed = !isDeepStrictEqual(files.server, this.server);
    const backends = this.bypassed ? literalUpstreams(files.server) : files.backends;
    return { observation: interpret(backends, files.record, targets), backends, token: files.generation };
  }

  async write(backends: readonly string[], record: RouterRecord, seen: Seen): Promise<Written> {
    const written = await swapLiveFiles(this.docker, this.address.container, seen.token, backends, record);
    // Another hand has written past the files; without this they would say one thing and Caddy do another.
    if (written.result === "written" && this.bypassed) await this.restoreServer();
    return written;
  }

  async ask({ path, headers: more, timeoutMs }: EntranceRequest): Promise<LiveAnswer> {
    if (!this.address.live) throw new TypeError("a router without a live address can't be asked");
    const headers = { ...more, [proofHeader]: this.address.app, connection: "close" };
    const answer = await request({ ...this.address.live, path, headers, timeoutMs });
    return { ...answer, backend: String(answer.headers[backendHeader.toLowerCase()] ?? "") };
  }

  private async restoreServer(): Promise<void> {
    const { host, port } = adminAddress;
    const tunnel = await openTunnel(this.docker, this.address.container, host, port);
    try {
      const answer = await request({
        host,
        port,
        path: livePath,
        method: "PATCH",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(this.server),
        timeoutMs: adminTimeoutMs,
        createConnection: () => tunnel,
      });
      if (answer.status !== 200) throw new Error(`Caddy answered ${answer.status}: ${answer.body.trim()}`);
    } finally {
      tunnel.destroy();
    }
  }
}
