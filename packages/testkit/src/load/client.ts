import { Agent, type IncomingMessage, request } from "node:http";
import type { Answerer } from "./report.ts";
import type { Outcome } from "./request-log.ts";

export interface ClientOptions {
  /** Full http:// address of every request. */
  readonly url: string;
  /** `Host` header of every request, empty for the address's own. */
  readonly host: string;
  /** Connections held open between requests. */
  readonly kept: number;
  /** From sending to the last byte, in ms. */
  readonly timeoutMs: number;
  /** New connections come from an address of 127.0.0.0/8 each. */
  readonly manySources: boolean;
  /** ms since 1970. */
  readonly now: () => number;
}

/** Characters of a body looked at. */
const maxBody = 65_536;

/** A kept connection: an agent with room for one socket. */
interface Slot {
  readonly agent: Agent;
  busy: boolean;
}

/** Sends single requests and says how each ended. It never tries twice. */
export class Client {
  private readonly options: ClientOptions;
  private readonly target: { hostname: string; port: string; path: string; headers: Record<string, string> };
  private readonly fresh = new Agent({ keepAlive: false });
  private readonly slots: Slot[];
  private turn = 0;
  private sources = 0;

  constructor(options: ClientOptions) {
    const { hostname, port, pathname, search } = new URL(options.url);
    this.options = options;
    const headers = options.host === "" ? {} : { host: options.host };
    this.target = { hostname: hostname.replace(/^\[|\]$/g, ""), port, path: pathname + search, headers };
    this.slots = Array.from({ length: options.kept }, () => {
      return { agent: new Agent({ keepAlive: true, maxSockets: 1 }), busy: false };
    });
  }

  /**
   * Sends one GET at once; `done` is called exactly once, later.
   * With `kept`, the least recently used free connection carries it. All busy: a new connection does, for an
   * open loop never waits.
   */
  send(kept: boolean, done: (outcome: Outcome) => void): void {
    const slot = kept ? this.takeSlot() : undefined;
    const sent = request({ ...this.target, ...(slot ? { agent: slot.agent } : this.freshOptions()) });
    const facts: Facts = { status: 0, color: "none", version: "" };
    let finished = false;
    const finish = (reason: string) => {
      if (finished) return;
      finished = true;
      clearTimeout(deadline);
      if (slot !== undefined) slot.busy = false;
      done({ at: this.options.now(), reused: sent.reusedSocket, reason, ...facts });
    };
    const deadline = setTimeout(() => {
      finish("timeout");
      sent.destroy();
    }, this.options.timeoutMs);
    sent.on("response", (answer) => read(answer, facts, finish));
    sent.on("error", (error) => finish(reasonOf(error)));
    sent.on("close", () => finish("reset"));
    sent.end();
  }

  close(): void {
    this.fresh.destroy();
    for (const { agent } of this.slots) agent.destroy();
  }

  private freshOptions(): { agent: Agent; localAddress?: string } {
    const agent = this.fresh;
    if (!this.options.manySources) return { agent };
    const source = this.sources++ % 0xff_0000;
    return { agent, localAddress: `127.${1 + (source >> 16)}.${(source >> 8) & 0xff}.${source & 0xff}` };
  }

  private takeSlot(): Slot | undefined {
    for (let tried = 0; tried < this.slots.length; tried++) {
      const slot = this.slots[this.turn]!;
      this.turn = (this.turn + 1) % this.slots.length;
      if (slot.busy) continue;
      slot.busy = true;
      dropClosed(slot.agent);
      return slot;
    }
    return undefined;
  }
}

/** The server has closed an idle connection and we have seen it: the next request opens another one. */
function dropClosed(agent: Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) {
    for (const socket of sockets ?? []) {
      if (socket.readableEnded || !socket.writable) socket.destroy();
    }
  }
}

/** What is known of an answer so far. */
interface Facts {
  status: number;
  color: Answerer;
  version: string;
}

/** Reads an answer to its end. The body is looked at only when no header names color or version. */
function read(answer: IncomingMessage, facts: Facts, finish: (reason: string) => void): void {
  const { statusCode = 0, headers } = answer;
  facts.status = statusCode;
  facts.color = answererOf(headers["x-app-color"]);
  facts.version = versionOf(headers["x-app-version"]);
  answer.on("error", () => finish("reset"));
  if (facts.color !== "none" || facts.version !== "" || statusCode >= 400) {
    answer.on("end", () => finish(statusCode < 400 ? "" : `status ${statusCode}`));
    answer.resume();
    return;
  }
  let body = "";
  answer.setEncoding("utf8");
  answer.on("data", (chunk: string) => {
    if (body.length < maxBody) body += chunk;
  });
  answer.on("end", () => {
    const said = parse(body);
    facts.color = answererOf(said?.color);
    facts.version = versionOf(said?.version);
    finish(said === undefined ? "not JSON" : "");
  });
}

function parse(body: string): { color?: unknown; version?: unknown } | undefined {
  try {
    return Object(JSON.parse(body));
  } catch {
    return undefined;
  }
}

function answererOf(name: unknown): Answerer {
  return name === "blue" || name === "green" ? name : "none";
}

function versionOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function reasonOf(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "ECONNREFUSED":
      return "refused";
    case "ECONNRESET":
    case "EPIPE":
      return "reset";
    default:
      return error.code ?? error.message;
  }
}
