import { docker } from "@bluegreen/testbed/docker/engine";
import { runScript } from "../../packages/pulumi/dist/docker/exec.js";
import { openTunnel } from "../../packages/pulumi/dist/docker/tunnel.js";
import { type Answer, request } from "../../packages/pulumi/dist/http-request.js";
import { liveFolder } from "../../packages/pulumi/dist/router/caddy-config.js";
import { readLiveFiles } from "../../packages/pulumi/dist/router/live-files.js";
import type { Shop } from "./shop.ts";

/** Where the router says live traffic goes; `generation` changes with every write of the library. */
export interface RouterView {
  readonly generation: string;
  readonly backends: readonly string[];
  /** All that the router keeps, the library's record included. */
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
  const files = await readLiveFiles(docker, (await shop.router()).id);
  return { generation: files.generation, backends: files.backends, text: JSON.stringify(files) };
}

/** Moves live traffic as somebody would who looked into the router's container: another backend, the same record. */
export async function moveByHand(shop: Shop, [backend = ""]: readonly string[]): Promise<void> {
  const { id } = await shop.router();
  const script = `
    cd "$1"
    cp -a "$(readlink current)" by-hand-$$
    for slot in by-hand-$$/[0-9]*; do printf %s "$2" > "$slot"; done
    ln -s by-hand-$$ link-$$
    mv -T link-$$ current`;
  await runScript(docker, id, script, [liveFolder, backend]);
}

/** Moves live traffic as somebody would who knows Caddy: the upstreams are replaced. Caddy reloads for that. */
export async function moveByPatch(shop: Shop, backends: readonly string[]): Promise<void> {
  const upstreams = backends.map((dial) => ({ dial }));
  const answer = await askAdmin(shop, "/id/live/upstreams", "PATCH", upstreams);
  if (answer.status !== 200) throw new Error(`the router answered ${answer.status}: ${answer.body}`);
}

/** What the router dials for a color's web containers. */
export async function backendsOf(shop: Shop, color: string): Promise<string[]> {
  return (await shop.containers(color)).map(({ Names }) => `${(Names[0] ?? "").slice(1)}:8080`);
}
