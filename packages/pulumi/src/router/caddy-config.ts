import { type Color, colors, type PerColor } from "@bluegreen/core";

/**
 * Caddy's configuration for this router: one Caddy, whose fronts all switch in the same step. It never changes, because a change reloads Caddy's listeners, and that resets
 * connections: 60 of 14,246 requests failed at 48 switches by `PATCH` under 500 req/s, new and kept-alive ones alike.
 * Where live traffic goes is read from files at each request (`live-files.ts`) and changed by one rename.
 */
export interface CaddyShape {
  /** The app's identity, which a request must know to learn which backend answered it. */
  readonly app: string;
  readonly fronts: readonly CaddyFront[];
}

/** One exposed service, and where Caddy listens for it. */
export interface CaddyFront {
  readonly service: string;
  readonly livePort: number;
  readonly colorPorts: PerColor<number>;
  /** What each color's own server dials: a network alias, so it needs no change when containers come and go. */
  readonly colorTargets: PerColor<string>;
}

/** The admin API is on the container's own loopback: only who can use the Docker Engine gets there. */
export const adminAddress = { host: "127.0.0.1", port: 2019 } as const;
export const serversPath = "/config/apps/http/servers";

/** Asks the router to say which backend answered; its value is the app's identity. */
export const proofHeader = "Bluegreen-Proof";
export const backendHeader = "Bluegreen-Backend";

/** Where the files lie in the router's container, on its volume. */
export const liveFolder = "/data/bluegreen/live";

/**
 * Upstreams of the live proxy, each a file with one backend; backends are dealt out over them in turn. So many, because
 * 60 is a multiple of every number of containers up to 6, and of 10, 12, 15, 20 and 30: all get the same share.
 */
export const slots = 60;

/** A backend that refuses the connection is passed over for another one of its color this often. */
const retries = 2;

export function initialConfig({ app, fronts }: CaddyShape): object {
  // The name of an only front's servers is in configurations that were made before there could be several.
  const servers = fronts.flatMap((front) => {
    const suffix = fronts.length === 1 ? "" : `-${front.service}`;
    const live = `${liveName}${suffix}`;
    const ofColors = colors.map((color) => [`${color}${suffix}`, colorServer(front, color)]);
    return [[live, liveServer({ app, name: live, listen: [`:${front.livePort}`] })], ...ofColors];
  });
  return {
    admin: { listen: `${adminAddress.host}:${adminAddress.port}` },
    logging: { logs: { default: { level: "WARN" } } },
    apps: { http: { servers: Object.fromEntries(servers) } },
  };
}

const liveName = "live";

/** The service that a live server is for: empty for that of an only front, `undefined` for servers that are none. */
export function serviceOf(server: string): string | undefined {
  if (server === liveName) return "";
  return server.startsWith(`${liveName}-`) ? server.slice(liveName.length + 1) : undefined;
}

/** A live server: who asks with proof is told which backend answers; without a color it is a 503 that says why. */
export function liveServer({ app, name, listen }: { app: string; name: string; listen: unknown }): object {
  const folder = `${liveFolder}/current/${serviceOf(name) ? `${serviceOf(name)}/` : ""}`;
  const slot = (index: number) => `{file.${folder}${index}}`;
  const nowhere = {
    match: [{ vars: { [slot(0)]: [""] } }],
    handle: [{ handler: "static_response", status_code: 503, body: "no color is live yet\n" }],
  };
  const proof = {
    match: [{ header: { [proofHeader]: [app] } }],
    handle: [
      {
        handler: "headers",
        request: { delete: [proofHeader] },
        response: { deferred: true, set: { [backendHeader]: ["{http.reverse_proxy.upstream.hostport}"] } },
      },
    ],
  };
  const proxy = {
    "@id": name,
    handler: "reverse_proxy",
    upstreams: Array.from({ length: slots }, (_, index) => ({ dial: slot(index) })),
    load_balancing: { selection_policy: { policy: "round_robin" }, retries },
  };
  return {
    listen,
    automatic_https: { disable: true },
    routes: [{ ...nowhere, terminal: true }, proof, { handle: [proxy] }],
  };
}

/** Backends that a configuration names outright: somebody's who wrote past the files. */
export function literalUpstreams(server: unknown): string[] {
  const { routes = [] } = (server ?? {}) as WrittenServer;
  const handlers = routes.flatMap((route) => route.handle ?? []);
  const proxy = handlers.find((handler) => handler.handler === "reverse_proxy");
  return (proxy?.upstreams ?? []).map((upstream) => upstream.dial ?? "");
}

interface WrittenServer {
  readonly routes?: readonly { readonly handle?: readonly WrittenHandler[] }[];
}

interface WrittenHandler {
  readonly handler: string;
  readonly upstreams?: readonly { readonly dial?: string }[];
}

function colorServer({ colorPorts, colorTargets }: CaddyFront, color: Color): object {
  return {
    listen: [`:${colorPorts[color]}`],
    automatic_https: { disable: true },
    routes: [{ handle: [{ handler: "reverse_proxy", upstreams: [{ dial: colorTargets[color] }] }] }],
  };
}
