import { isDeepStrictEqual } from "node:util";
import type { RouterRecord } from "@bluegreen/core";
import type { Answer } from "../../contracts/answer.ts";
import type { EntranceRequest } from "../../contracts/check.ts";
import type { LiveAnswer, Router, Seen, Targets, Written } from "../../contracts/router.ts";
import { type Ask, request } from "../../io/http-request.ts";
import { backendsOf, behind, interpret } from "../../routers/interpret.ts";
import type { Docker } from "../api.ts";
import { openTunnel } from "../tunnel.ts";
import {
  adminAddress,
  backendHeader,
  type Lookups,
  literalUpstreams,
  liveServer,
  proofHeader,
  serversPath,
  serviceOf,
} from "./config.ts";
import { type LiveFiles, readFilesAtRest, readLiveFiles, swapLiveFiles } from "./live-files.ts";

export interface CaddyAddress {
  /** Name or id of the router's container. */
  readonly container: string;
  /** The app's identity. */
  readonly app: string;
  /** The exposed services, and where users reach them on the Docker host; not needed to observe the router. */
  readonly live: readonly CaddyLive[];
  /** It does not run: what is asked is where it will lead once it does. */
  readonly atRest?: boolean;
  /** How they are asked there. @default from the deployer */
  readonly send?: (ask: Ask) => Promise<Answer>;
}

export interface CaddyLive {
  readonly service: string;
  readonly host?: string;
  readonly port?: number;
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
  readonly address: CaddyAddress;
  private readonly docker: Docker;
  /** Live servers that someone else has written past the files, by name. */
  private bypassed: readonly string[] = [];
  private servers: LiveFiles["servers"] = {};

  constructor(docker: Docker, address: CaddyAddress) {
    this.address = address;
    this.docker = docker;
  }

  async observe(targets: Targets): Promise<Seen> {
    const { container, atRest } = this.address;
    const files = await (atRest ? readFilesAtRest : readLiveFiles)(this.docker, container);
    this.servers = files.servers;
    const live = Object.keys(files.servers).filter((name) => serviceOf(name) !== undefined);
    this.bypassed = live.filter((name) => !this.isOwn(name));
    const backends = this.bypassed.length === 0 ? files.backends : this.dialed(live, files);
    return { observation: interpret(backends, files.record, targets), backends, token: files.generation };
  }

  async write(backends: readonly string[], record: RouterRecord, seen: Seen): Promise<Written> {
    const { container, live } = this.address;
    const services = live.map(({ service }) => service);
    const change = { expected: seen.token, backends, record };
    const written = await swapLiveFiles(this.docker, container, services, change);
    // Someone else has written past the files; without this they would say one thing and Caddy do another.
    if (written.result === "written") for (const server of this.bypassed) await this.restoreServer(server);
    return written;
  }

  async ask({ path, headers: more, timeoutMs }: EntranceRequest, service?: string): Promise<LiveAnswer> {
    const { app, live, send = request } = this.address;
    const asked = live.find((one) => one.service === service) ?? live[0];
    if (!asked?.host || !asked.port) throw new TypeError("a router without a live address can't be asked");
    const headers = { ...more, [proofHeader]: app, connection: "close" };
    const answer = await send({ host: asked.host, port: asked.port, path, headers, timeoutMs });
    const dialed = String(answer.headers[backendHeader.toLowerCase()] ?? "");
    const [backend = ""] = dialed === "" || live.length === 1 ? [dialed] : behind(asked.service, [dialed]);
    return { ...answer, backend };
  }

  /** Where these live servers send their requests, by their configuration or by the files. */
  private dialed(live: readonly string[], files: LiveFiles): string[] {
    return live.flatMap((name) => {
      const service = serviceOf(name) ?? "";
      const only = live.length === 1;
      const dealt = only ? files.backends : backendsOf(service, files.backends);
      const dialed = this.bypassed.includes(name) ? literalUpstreams(files.servers[name]) : dealt;
      return only ? dialed : behind(service, dialed);
    });
  }

  /** As this library has made it, or a version of it before. */
  private isOwn(name: string): boolean {
    return (["told", "by 2.10"] as const).some((lookups) => {
      return isDeepStrictEqual(this.servers[name], this.serverOf(name, lookups));
    });
  }

  /** A live server as it is made; where it listens is not about traffic, and follows from the settings. */
  private serverOf(name: string, lookups?: Lookups): object {
    const { listen = [] } = this.servers[name] as { readonly listen?: unknown };
    return liveServer({ app: this.address.app, name, listen }, lookups);
  }

  private async restoreServer(name: string): Promise<void> {
    const { host, port } = adminAddress;
    const tunnel = await openTunnel(this.docker, this.address.container, host, port);
    try {
      const answer = await request({
        host,
        port,
        path: `${serversPath}/${name}`,
        method: "PATCH",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(this.serverOf(name)),
        timeoutMs: adminTimeoutMs,
        createConnection: () => tunnel,
      });
      if (answer.status !== 200) throw new Error(`Caddy answered ${answer.status}: ${answer.body.trim()}`);
    } finally {
      tunnel.destroy();
    }
  }
}
