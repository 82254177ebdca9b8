import { docker, freePort } from "@bluegreen/testkit/docker/engine";

/** A Caddy in front of the same backends, configured as anybody would, to be switched by a bare PATCH. */
export interface BareRouter {
  readonly port: number;
  readonly container: string;
  /** Its process on this machine, for its network namespace. */
  readonly pid: number;
  remove(): Promise<void>;
}

/** Where the PATCH goes. */
export const upstreamsPath = "/id/live/upstreams";
const innerPort = 8080;

export async function startBareRouter(networks: readonly string[], backends: readonly string[]): Promise<BareRouter> {
  const image = process.env.BLUEGREEN_CADDY_IMAGE;
  if (!image) throw new Error("BLUEGREEN_CADDY_IMAGE is not set → npm run bench");
  const proxy = { "@id": "live", handler: "reverse_proxy", upstreams: backends.map((dial) => ({ dial })) };
  const live = { listen: [`:${innerPort}`], automatic_https: { disable: true }, routes: [{ handle: [proxy] }] };
  const config = JSON.stringify({ admin: { listen: "127.0.0.1:2019" }, apps: { http: { servers: { live } } } });
  const port = await freePort();
  const container = await docker.createContainer({
    Image: image,
    Cmd: ["sh", "-c", 'printf %s "$CONFIG" > /tmp/caddy.json; exec caddy run --config /tmp/caddy.json'],
    Env: [`CONFIG=${config}`],
    Labels: { "bluegreen.test": "bench" },
    ExposedPorts: { [`${innerPort}/tcp`]: {} },
    HostConfig: {
      NetworkMode: networks[0] ?? "none",
      PortBindings: { [`${innerPort}/tcp`]: [{ HostIp: "127.0.0.1", HostPort: String(port) }] },
    },
  });
  for (const network of networks.slice(1)) await docker.getNetwork(network).connect({ Container: container.id });
  await container.start();
  const { State } = await container.inspect();
  return { port, container: container.id, pid: State.Pid, remove: () => container.remove({ force: true }) };
}
