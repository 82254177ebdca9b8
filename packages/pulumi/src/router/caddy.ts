import { randomBytes } from "node:crypto";
import type http from "node:http";
import type { RouterRecord } from "@bluegreen/core";
import type Docker from "dockerode";
import { tunnelAgent } from "../docker/tunnel.ts";
import { type Answer, request } from "../http-request.ts";
import { colorOf, type LiveAnswer, type Router, type Seen, sameBackends, type Targets } from "../router.ts";
import {
  adminAddress,
  backendHeader,
  type LiveState,
  livePath,
  liveServer,
  proofHeader,
  readLiveServer,
} from "./caddy-config.ts";

export interface CaddyAddress {
  /** Name or id of the router's container. */
  readonly container: string;
  /** Where users reach it, as the deployer does. */
  readonly live: { readonly host: string; readonly port: number };
  /** The port inside the container. */
  readonly livePort: number;
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
  private readonly admin: http.Agent;
  private proof = "";

  constructor(docker: Docker, address: CaddyAddress) {
    this.address = address;
    this.admin = tunnelAgent(docker, address.container);
  }

  async observe(targets: Targets): Promise<Seen> {
    const answer = await this.callAdmin("GET");
    if (answer.status !== 200) throw new Error(`Caddy's admin API answered ${answer.status}: ${answer.body.trim()}`);
    const state = readLiveServer(JSON.parse(answer.body));
    this.proof = state.proof;
    return { observation: interpret(state, targets), token: String(answer.headers.etag ?? "") };
  }

  async write(backends: readonly string[], record: RouterRecord, seen: Seen): Promise<"written" | "conflict"> {
    this.proof ||= randomBytes(16).toString("hex");
    const { livePort, streamCloseDelay } = this.address;
    const server = liveServer(livePort, { upstreams: backends, record, proof: this.proof, streamCloseDelay });
    const answer = await this.callAdmin("PATCH", server, { "if-match": seen.token });
    if (answer.status === 412) return "conflict";
    if (answer.status !== 200)
      throw new Error(`Caddy refused the configuration (${answer.status}): ${answer.body.trim()}`);
    return "written";
  }

  async ask(path: string, timeoutMs: number): Promise<LiveAnswer> {
    const headers = { [proofHeader]: this.proof, connection: "close" };
    const answer = await request({ ...this.address.live, path, headers, timeoutMs });
    return { status: answer.status, backend: String(answer.headers[backendHeader.toLowerCase()] ?? "") };
  }

  private callAdmin(method: string, body?: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return request({
      ...adminAddress,
      path: livePath,
      method,
      headers: { "content-type": "application/json", ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
      timeoutMs: adminTimeoutMs,
      agent: this.admin,
    });
  }
}

/** The record names the color as long as its backends are in place; otherwise the backends themselves tell. */
function interpret(state: LiveState, targets: Targets): Seen["observation"] {
  const { upstreams, record } = state;
  const intact = sameBackends(upstreams, record?.backends ?? []);
  const color = intact ? (record?.active ?? null) : (colorOf(upstreams, targets) ?? "foreign");
  const current = color === "blue" || color === "green" ? sameBackends(upstreams, targets[color]) : false;
  return { color, record, intact, current };
}
