import { type Color, colors, type PerColor } from "@bluegreen/core";

/**
 * Caddy's configuration for this router: one Caddy, whose fronts all switch in the same step. It never changes, because a
 * change reloads Caddy's listeners, and that resets connections: 60 of 14,246 requests failed at 48 switches by `PATCH`
 * under 500 req/s, new and kept-alive ones alike.
 * Where live traffic goes is looked up in folders at each request (`live-files.ts`) and changed by one rename.
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
}

/** The admin API is on the container's own loopback: only who can use the Docker Engine gets there. */
export const adminAddress = { host: "127.0.0.1", port: 2019 } as const;
export const serversPath = "/config/apps/http/servers";

/** Asks the router to say which backend answered; its value is the app's identity. */
export const proofHeader = "Bluegreen-Proof";
export const backendHeader = "Bluegreen-Backend";

/** Where the state lies in the router's container, on its volume. */
export const liveFolder = "/data/bluegreen/live";

/**
 * Beside it, where each color's own server goes: the one entry of `blue/web` is `web.blue:8080`, a network alias, so that
 * it needs no change when containers come and go, and the port of the color's recorded release.
 */
export const colorsFolder = "/data/bluegreen/colors";

export function colorEntry(color: Color, service: string, port: number): string {
  return `${color}/${service}/${service}.${color}:${port}`;
}

const digits = [..."0123456789abcdef"];
const quarters = { a: "[0-3]", b: "[4-7]", c: "[89ab]", d: "[c-f]" } as const;

/**
 * Ways through the live proxy, over which a color's backends are dealt out in turn; each request takes one at random: by
 * the first digit of its UUID, and the quarter that the second one is in. Shares differ by one in 64. Each is a folder to
 * be made and removed at every switch; with 256 of them that took longer than all the rest of it.
 */
export const ways: readonly string[] = digits.flatMap((digit) => Object.keys(quarters).map((name) => digit + name));

/**
 * Who refuses the connection is passed over for the next one of its color. Not for a request with a body: Caddy would have
 * to keep all of it before it sends the first byte.
 */
export const tries = ["first", "second", "third"] as const;

/**
 * How an empty folder is looked up. Caddy 2.10 finds nothing there; from 2.11 on it finds the pattern itself, as if it were a
 * file. "told" is right on both. A router keeps what it was made with: another configuration would replace it.
 */
export type Lookups = "told" | "by 2.10";

/** The image that routers had whose configuration is of before Caddy 2.11. */
const before211 = "caddy:2.10.2-alpine";
export const lookupsOf = (image: string): Lookups => (image === before211 ? "by 2.10" : "told");

export function initialConfig({ app, fronts }: CaddyShape, lookups: Lookups = "told"): object {
  const servers = fronts.flatMap((front) => {
    const name = `${livePrefix}${front.service}`;
    const ofColors = colors.map((color) => [`${color}-${front.service}`, colorServer(front, color, lookups)]);
    return [[name, liveServer({ app, name, listen: [`:${front.livePort}`] }, lookups)], ...ofColors];
  });
  return {
    admin: { listen: `${adminAddress.host}:${adminAddress.port}` },
    logging: { logs: { default: { level: "WARN" } } },
    apps: { http: { servers: Object.fromEntries(servers) } },
  };
}

const livePrefix = "live-";

/** The service that a live server is for, `undefined` for servers that are none. */
export function serviceOf(server: string): string | undefined {
  return server.startsWith(livePrefix) ? server.slice(livePrefix.length) : undefined;
}

/**
 * A live server: who asks with proof is told which backend answers; without a color it is a 503 that says why. The names
 * of folders tell where a request goes, and not what is in files: Caddy takes a buffer of 1 MiB for each file that it
 * reads, which made a request cost 1.3 ms of CPU; so it is 0.15 ms, of which the proxy takes 0.09.
 */
export function liveServer(
  { app, name, listen }: { app: string; name: string; listen: unknown },
  lookups: Lookups = "told",
): object {
  const folder = `${liveFolder}/current/${serviceOf(name)}`;
  const [first, second, third] = tries.map((one) => `{http.vars.${one}}`) as [string, string, string];
  const choose = {
    handler: "map",
    source: "{http.request.uuid}",
    destinations: ["{bluegreen.way}"],
    mappings: Object.entries(quarters).map(([name, second]) => ({
      input_regexp: `^(.)${second}`,
      outputs: [`\${1}${name}`],
    })),
  };
  const nowhere = { handler: "static_response", status_code: 503, body: "no color is live yet\n" };
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
    // What was found begins with a slash, as an address does after its network.
    upstreams: [first, second, third].map((one) => ({ dial: `tcp${one}` })),
    load_balancing: { selection_policy: { policy: "round_robin" }, retries: tries.length - 1 },
  };
  return {
    listen,
    automatic_https: { disable: true },
    routes: [
      { handle: [choose] },
      { match: noEntry(`${folder}/way/{bluegreen.way}`, lookups), handle: [nowhere], terminal: true },
      // An only backend is tried again.
      { handle: [remember(...tries)] },
      { match: [onlyEntry(`${folder}/next${first}`)], handle: ifFound(remember("second", "third"), lookups) },
      { match: [onlyEntry(`${folder}/next${second}`)], handle: ifFound(remember("third"), lookups) },
      proof,
      { handle: [proxy] },
    ],
  };
}

/** Finds what is in a folder. It is not looked at again, so that a switch in between makes no difference. */
const onlyEntry = (root: string) => ({ file: { root, try_files: ["*"], try_policy: "first_exist_fallback" } });

const found = "{http.matchers.file.relative}";
/** What Caddy 2.11 has found where there is nothing. No backend has such an address. */
const nothing = { vars: { [found]: ["/*"] } };

/** Alternatives of a match; in this order, for the second one is about what the first one has found. */
function noEntry(root: string, lookups: Lookups): object[] {
  const none = { not: [onlyEntry(root)] };
  return lookups === "told" ? [none, nothing] : [none];
}

/** Matchers of one match are asked in any order, so this is a route of its own below that of the lookup. */
function ifFound(handler: object, lookups: Lookups): object[] {
  if (lookups !== "told") return [handler];
  return [{ handler: "subroute", routes: [{ match: [{ not: [nothing] }], handle: [handler] }] }];
}

/** Keeps what was found last under these names. */
const remember = (...names: readonly (typeof tries)[number][]) => ({
  handler: "vars",
  ...Object.fromEntries(names.map((name) => [name, found])),
});

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

function colorServer({ colorPorts, service }: CaddyFront, color: Color, lookups: Lookups): object {
  const folder = `${colorsFolder}/${color}/${service}`;
  const nowhere = { handler: "static_response", status_code: 503, body: `${color} has no release yet\n` };
  return {
    listen: [`:${colorPorts[color]}`],
    automatic_https: { disable: true },
    routes: [
      { match: noEntry(folder, lookups), handle: [nowhere], terminal: true },
      { handle: [remember("first")] },
      { handle: [{ handler: "reverse_proxy", upstreams: [{ dial: "tcp{http.vars.first}" }] }] },
    ],
  };
}
