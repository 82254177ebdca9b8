import { type Color, colors, type PerColor, type RouterRecord } from "@bluegreen/core";

/**
 * Caddy's configuration as this router writes it: a `live` server whose upstreams the cutover sets, and one server a
 * color that always answers with that color, for looking at a candidate before the switch. Everything but the `live`
 * routes is constant, so that the router container never has to be replaced for a release.
 */
export interface CaddyShape {
  /** The app's identity, which a request must know to learn which backend answered it. */
  readonly app: string;
  readonly livePort: number;
  readonly colorPorts: PerColor<number>;
  /** What each color's own server dials: a network alias, so it needs no change when containers come and go. */
  readonly colorTargets: PerColor<string>;
}

/** Admin requests come through the Docker Engine into the container's own loopback, from nowhere else. */
export const adminAddress = { host: "127.0.0.1", port: 2019 } as const;

/**
 * The part of the configuration that the cutover owns, and the unit of its compare-and-swap. It is kept small: what fits
 * into one read of `nc` (1 KiB) reaches Caddy at once, more is held back for 40 ms by the kernel (Nagle's algorithm).
 */
export const livePath = "/config/apps/http/servers/live/named_routes";

/** Asks the router to say which backend answered; its value is the app's identity. */
export const proofHeader = "Bluegreen-Proof";
export const backendHeader = "Bluegreen-Backend";

/** In-flight requests of an old configuration get this long; unlimited would let one slow request block a revert. */
const gracePeriod = "10s";

/** A backend that refuses the connection is passed over for another one of its color this often. */
const retries = 2;

export interface LiveState {
  readonly upstreams: readonly string[];
  readonly record: RouterRecord | null;
}

/** The whole configuration of a router that has never switched. */
export function initialConfig(shape: CaddyShape): object {
  return {
    admin: { listen: `${adminAddress.host}:${adminAddress.port}` },
    logging: { logs: { default: { level: "WARN" } } },
    apps: { http: { grace_period: gracePeriod, servers: { live: liveServer(shape), ...colorServers(shape) } } },
  };
}

function liveServer(shape: CaddyShape): object {
  const proof = {
    match: [{ header: { [proofHeader]: [shape.app] } }],
    handle: [
      {
        handler: "headers",
        request: { delete: [proofHeader] },
        response: { deferred: true, set: { [backendHeader]: ["{http.reverse_proxy.upstream.hostport}"] } },
      },
    ],
  };
  return {
    listen: [`:${shape.livePort}`],
    automatic_https: { disable: true },
    routes: [proof, { handle: [{ handler: "invoke", name: liveRoute }] }],
    named_routes: liveRoutes({ upstreams: [], record: null }, "0s"),
  };
}

/** The routes at `livePath`: where live traffic goes (without backends a 503 that says why), and the record. */
export function liveRoutes(state: LiveState, streamCloseDelay: string): object {
  const proxy = {
    handler: "reverse_proxy",
    upstreams: state.upstreams.map((dial) => ({ dial })),
    load_balancing: { selection_policy: { policy: "round_robin" }, retries },
    stream_close_delay: streamCloseDelay,
  };
  return {
    [liveRoute]: { handle: [state.upstreams.length > 0 ? proxy : noColor] },
    // Nothing invokes this one: the router keeps the record in it at no cost to any request.
    [recordRoute]: { handle: [{ handler: "vars", record: state.record }] },
  };
}

const liveRoute = "live";
const recordRoute = "record";
const noColor = { handler: "static_response", status_code: 503, body: "no color is live yet\n" };

/** Reads back what `liveRoutes` wrote, or what another hand made of it. */
export function readLiveRoutes(routes: unknown): LiveState {
  const written = (routes ?? {}) as WrittenRoutes;
  const proxy = written[liveRoute]?.handle?.find((handler) => handler.handler === "reverse_proxy");
  return {
    upstreams: (proxy?.upstreams ?? []).map((upstream) => upstream.dial ?? ""),
    record: written[recordRoute]?.handle?.[0]?.record ?? null,
  };
}

type WrittenRoutes = Readonly<Record<string, { readonly handle?: readonly WrittenHandler[] }>>;

interface WrittenHandler {
  readonly handler: string;
  readonly upstreams?: readonly { readonly dial?: string }[];
  readonly record?: RouterRecord;
}

function colorServers(shape: CaddyShape): Record<string, object> {
  const server = (color: Color) => ({
    listen: [`:${shape.colorPorts[color]}`],
    automatic_https: { disable: true },
    routes: [{ handle: [{ handler: "reverse_proxy", upstreams: [{ dial: shape.colorTargets[color] }] }] }],
  });
  return Object.fromEntries(colors.map((color) => [color, server(color)]));
}
