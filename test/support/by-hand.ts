import { docker } from "@bluegreen/testbed/docker/engine";
import { openTunnel } from "../../packages/pulumi/dist/docker/tunnel.js";
import { type Answer, request } from "../../packages/pulumi/dist/http-request.js";
import type { Shop } from "./shop.ts";

const livePath = "/config/apps/http/servers/live/named_routes";

/** What the router's admin API says of live traffic; `etag` changes with every write, whoever made it. */
export interface RouterView {
  readonly etag: string;
  readonly upstreams: readonly string[];
  /** The whole answer, the library's record included. */
  readonly text: string;
}

/** One request to the router's admin API, as a person on the Docker host can make it. */
export async function askAdmin(shop: Shop, path: string, method = "GET", body?: object): Promise<Answer> {
  const { id } = await shop.router();
  const tunnel = await openTunnel(docker, id, "127.0.0.1", 2019);
  try {
    return await request({
      host: "127.0.0.1",
      port: 2019,
      path,
      method,
      headers: { "content-type": "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
      timeoutMs: 10_000,
      createConnection: () => tunnel,
    });
  } finally {
    tunnel.destroy();
  }
}

export async function viewRouter(shop: Shop): Promise<RouterView> {
  const { headers, body } = await askAdmin(shop, livePath);
  const routes = JSON.parse(body) as { live: { handle: { upstreams?: { dial: string }[] }[] } };
  const upstreams = routes.live.handle.flatMap((handler) => handler.upstreams ?? []).map(({ dial }) => dial);
  return { etag: String(headers.etag), upstreams, text: body };
}

/** Moves live traffic as somebody would who knows nothing of the library: only the backends are replaced. */
export async function moveByHand(shop: Shop, backends: readonly string[]): Promise<void> {
  const upstreams = backends.map((dial) => ({ dial }));
  const answer = await askAdmin(shop, `${livePath}/live/handle/0/upstreams`, "PATCH", upstreams);
  if (answer.status !== 200) throw new Error(`the router answered ${answer.status}: ${answer.body}`);
}

/** What the router dials for a color's web containers. */
export async function backendsOf(shop: Shop, color: string): Promise<string[]> {
  return (await shop.containers(color)).map(({ Names }) => `${(Names[0] ?? "").slice(1)}:8080`);
}
