import { type Color, colors, type PerColor, type RouterRecord } from "@bluegreen/core";

/**
 * Caddy's configuration as this router writes it: a `live` server whose upstreams the cutover sets, and one server a
 * color that always answers with that color, for looking at a candidate before the switch. Everything but the `live`
 * routes is constant, so that the router container never has to be replaced for a release.
 */
export interface CaddyShape {
  readonly livePort: number;
  readonly colorPorts: PerColor<number>;
  /** What each color's own server dials: a network alias, so it needs no change when containers come and go. */
  readonly colorTargets: PerColor<string>;
}

/** Admin requests come through the Docker Engine into the container's own loopback, from nowhere else. */
export const adminAddress = { host: "127.0.0.1", port: 2019 } as const;

/** The part of the configuration that the cutover owns, and the unit of its compare-and-swap. */
export const livePath = "/config/apps/http/servers/live";

/** Asks the router to say which backend answered. The value is the router's own secret. */
export const proofHeader = "Bluegreen-Proof";
export const backendHeader = "Bluegreen-Backend";

/** In-flight requests of an old configuration get this long; unlimited would let one slow request block a revert. */
const gracePeriod = "10s";

/** Connecting to a backend, and trying another one of the same color when it refuses. */
const dialTimeout = "2s";
const retries = 2;

export interface LiveState {
  readonly upstreams: readonly string[];
  readonly record: RouterRecord | null;
  readonly proof: string;
}

/** The whole configuration of a router that has never switched. */
export function initialConfig(shape: CaddyShape): object {
  return {
    admin: { listen: `${adminAddress.host}:${adminAddress.port}` },
    logging: { logs: { default: { level: "WARN" } } },
    apps: {
      http: {
        grace_period: gracePeriod,
        servers: { live: liveServer(shape.livePort, null), ...colorServers(shape) },
      },
    },
  };
}

/** The `live` server for these upstreams; without any it answers 503, which says why. */
export function liveServer(port: number, state: (LiveState & { streamCloseDelay: string }) | null): object {
  const server = { listen: [`:${port}`], automatic_https: { disable: true } };
  if (!state || state.upstreams.length === 0) {
    return { ...server, routes: [{ handle: [noColor] }], named_routes: named(state) };
  }
  const proxy = {
    handler: "reverse_proxy",
    upstreams: state.upstreams.map((dial) => ({ dial })),
    transport: { protocol: "http", dial_timeout: dialTimeout },
    load_balancing: { selection_policy: { policy: "round_robin" }, retries },
    headers: { request: { delete: [proofHeader] } },
    stream_close_delay: state.streamCloseDelay,
  };
  const proof = {
    match: [{ header: { [proofHeader]: [state.proof] } }],
    handle: [
      {
        handler: "headers",
        response: { deferred: true, set: { [backendHeader]: ["{http.reverse_proxy.upstream.hostport}"] } },
      },
    ],
  };
  return { ...server, routes: [proof, { handle: [proxy] }], named_routes: named(state) };
}

/** Reads back what `liveServer` wrote, or what another hand made of it. */
export function readLiveServer(server: unknown): LiveState {
  const { routes = [], named_routes } = (server ?? {}) as WrittenServer;
  const handlers = routes.flatMap((route) => route.handle ?? []);
  const proxy = handlers.find((handler) => handler.handler === "reverse_proxy");
  const kept = named_routes?.[recordRoute]?.handle?.[0];
  return {
    upstreams: (proxy?.upstreams ?? []).map((upstream) => upstream.dial ?? ""),
    record: kept?.record ?? null,
    proof: kept?.proof ?? "",
  };
}

interface WrittenServer {
  readonly routes?: readonly { readonly handle?: readonly WrittenHandler[] }[];
  readonly named_routes?: Readonly<Record<string, { readonly handle?: readonly WrittenHandler[] }>>;
}

interface WrittenHandler {
  readonly handler: string;
  readonly upstreams?: readonly { readonly dial?: string }[];
  readonly record?: RouterRecord;
  readonly proof?: string;
}

/** A route that nothing invokes: the router keeps the record in it, at no cost to any request. */
const recordRoute = "bluegreen";

function named(state: LiveState | null): object {
  if (!state) return {};
  return { [recordRoute]: { handle: [{ handler: "vars", record: state.record, proof: state.proof }] } };
}

const noColor = { handler: "static_response", status_code: 503, body: "no color is live yet\n" };

function colorServers(shape: CaddyShape): Record<string, object> {
  const server = (color: Color) => ({
    listen: [`:${shape.colorPorts[color]}`],
    automatic_https: { disable: true },
    routes: [{ handle: [{ handler: "reverse_proxy", upstreams: [{ dial: shape.colorTargets[color] }] }] }],
  });
  return Object.fromEntries(colors.map((color) => [color, server(color)]));
}
