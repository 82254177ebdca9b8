import type http from "node:http";
import type { RouterRecord } from "@bluegreen/core";
import type Docker from "dockerode";
import { openTunnel, tunnelAgent } from "../docker/tunnel.ts";
import { type Answer, type Ask, request } from "../http-request.ts";
import {
  colorOf,
  fingerprint,
  type LiveAnswer,
  type Router,
  type Seen,
  sameBackends,
  type Targets,
  type Written,
} from "../router.ts";
import {
  adminAddress,
  backendHeader,
  type LiveState,
  livePath,
  liveRoutes,
  proofHeader,
  readLiveRoutes,
} from "./caddy-config.ts";

export interface CaddyAddress {
  /** Name or id of the router's container. */
  readonly container: string;
  /** Where users reach it, as the deployer does. */
  readonly live: { readonly host: string; readonly port: number };
  /** The app's identity. */
  readonly app: string;
  readonly streamCloseDelay: string;
}

const adminTimeoutMs = 30_000;

/**
 * Caddy as the router. One `PATCH` moves the traffic; `If-Match` makes it a compare-and-swap. Caddy persists the
 * configuration (`--resume`), so a restarted router keeps its color.
 */
export class CaddyRouter implements Router {
  readonly kind = "caddy";
  private readonly address: CaddyAddress;
  private readonly docker: Docker;
  private readonly admin: http.Agent;

  constructor(docker: Docker, address: CaddyAddress) {
    this.address = address;
    this.docker = docker;
    this.admin = tunnelAgent(docker, address.container);
  }

  async observe(targets: Targets): Promise<Seen> {
    const answer = await this.callAdmin("GET");
    if (answer.status !== 200) throw new Error(`Caddy's admin API answered ${answer.status}: ${answer.body.trim()}`);
    const state = readLiveRoutes(JSON.parse(answer.body));
    const token = String(answer.headers.etag ?? "");
    return { observation: interpret(state, targets), backends: state.upstreams, token };
  }

  async write(backends: readonly string[], record: RouterRecord, seen: Seen): Promise<Written> {
    const routes = liveRoutes({ upstreams: backends, record }, this.address.streamCloseDelay);
    // A connection of its own; `Expect` makes sure that it stands before the clock starts and the body is sent.
    const tunnel = await openTunnel(this.docker, this.address.container, adminAddress.host, adminAddress.port);
    try {
      const headers = { "if-match": seen.token, expect: "100-continue" };
      const answer = await this.callAdmin("PATCH", routes, headers, { createConnection: () => tunnel });
      const ms = Math.round(answer.bodyMs * 10) / 10;
      if (answer.status === 412) return { result: "conflict", ms };
      if (answer.status === 200) return { result: "written", ms };
      throw new Error(`Caddy refused the configuration (${answer.status}): ${answer.body.trim()}`);
    } finally {
      tunnel.destroy();
    }
  }

  async ask(path: string, timeoutMs: number): Promise<LiveAnswer> {
    const headers = { [proofHeader]: this.address.app, connection: "close" };
    const answer = await request({ ...this.address.live, path, headers, timeoutMs });
    return { status: answer.status, backend: String(answer.headers[backendHeader.toLowerCase()] ?? "") };
  }

  private callAdmin(
    method: string,
    body?: object,
    headers: Readonly<Record<string, string>> = {},
    through: Pick<Ask, "agent" | "createConnection"> = { agent: this.admin },
  ): Promise<Answer> {
    return request({
      ...adminAddress,
      path: livePath,
      method,
      headers: { "content-type": "application/json", ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
      timeoutMs: adminTimeoutMs,
      ...through,
    });
  }
}

/** The record names the color as long as its backends are in place; otherwise the backends themselves tell. */
function interpret(state: LiveState, targets: Targets): Seen["observation"] {
  const { upstreams, record } = state;
  const intact = fingerprint(upstreams) === (record?.backends ?? fingerprint([]));
  const color = intact ? (record?.active ?? null) : (colorOf(upstreams, targets) ?? "foreign");
  const current = color === "blue" || color === "green" ? sameBackends(upstreams, targets[color]) : false;
  return { color, record, intact, current };
}
