import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { containersWith, docker, inventory } from "@bluegreen/testkit/docker/engine";
import { startLoad } from "@bluegreen/testkit/load/load";
import { tar } from "@bluegreen/testkit/tar";
import { until } from "@bluegreen/testkit/until";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askAdmin } from "../support/bed/caddy-admin.ts";
import type { DockerWorld } from "../support/bed/docker.ts";
import { ask, Shop } from "../support/shop.ts";

/** Status 0: nothing accepted the connection, or nothing answered on it. */
const nothing = { status: 0, color: "", version: "" };

const deafImage = "localhost/bluegreen/test-deaf";

/** A router's image whose Caddy listens where no port leads. */
async function deafRouter(image: string): Promise<string> {
  const script = `#!/bin/sh\nbusybox sed 's/":8080"/":18080"/' "$3" > /tmp/deaf.json\nexec /usr/bin/caddy run --config /tmp/deaf.json\n`;
  const container = await docker.createContainer({ Image: image });
  try {
    await container.putArchive(tar([{ path: "caddy", type: "0", mode: 0o755, content: Buffer.from(script) }]), {
      path: "/bin",
    });
    await container.commit({ repo: deafImage, tag: "1", changes: "ENV PATH=/bin:/usr/bin" });
    return `${deafImage}:1`;
  } finally {
    await container.remove();
  }
}

describe("the router's container", () => {
  let shop: Shop;
  let identity: string;
  let world: DockerWorld;
  beforeAll(async () => {
    shop = await Shop.open();
    await shop.deployBoth();
    (await shop.up({ activeColor: "green" })).orThrow();
    identity = await shop.identity();
    world = (await shop.world()) as DockerWorld;
  });
  afterAll(async () => {
    await shop?.close();
    await docker.getImage(`${deafImage}:1`).remove();
  });

  const answers = (color: string) => until(`an answer of ${color}`, async () => (await shop.ask()).color === color);

  /** Ids and states of the app's containers: what "nothing was touched" is about. */
  async function containers(): Promise<string[]> {
    const all = await containersWith({ "bluegreen.app": identity });
    return all.map(({ Id, State, Labels }) => `${Labels["bluegreen.role"]} ${Id} ${State}`).sort();
  }

  it("keeps the active color when it is restarted", async () => {
    const before = await world.view();
    await (await world.router()).restart({ t: 1 });
    await answers("green");
    expect(await world.view()).toEqual(before);
    expect((await shop.up()).orThrow().output).toMatch(/\d+ unchanged/);
    expect(await shop.recordedColor()).toBe("green");
  });

  it("stopped, is told of in preview and started by `up`, which knows which color is live", async () => {
    const router = await world.router();
    await router.stop({ t: 1 });
    const before = await containers();

    const preview = await shop.preview({ activeColor: "green" });
    expect(preview.output).toMatch(/nobody is served: the router's container \S+ is exited; `pulumi up` starts it/);
    const redefined = await shop.up({ green: "1.2.0" });
    expect(redefined.exit, redefined.output).not.toBe(0);
    expect(redefined.output).toContain("green is live with version");
    expect(await containers()).toEqual(before);

    const up = (await shop.up({ green: "1.1.0" })).orThrow();
    expect(up.output).toMatch(/the router's container \S+ is exited, and is started/);
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
    expect((await world.router()).id).toBe(router.id);
    expect(await shop.recordedColor()).toBe("green");
  });

  it("is not replaced for having been stopped or paused during a refresh", async () => {
    const router = await world.router();
    await router.stop({ t: 1 });
    (await shop.up({ activeColor: "blue" }, { refresh: true })).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
    await router.pause();
    (await shop.up({ activeColor: "green" }, { refresh: true })).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
    expect((await shop.up()).orThrow().output).toMatch(/\d+ unchanged/);
    expect((await world.router()).id).toBe(router.id);
  });

  it("removed, as a prune does when it was stopped, is made again, and the color that was live answers", async () => {
    const router = await world.router();
    await router.stop({ t: 1 });
    await world.tidy();
    expect(await shop.ask()).toEqual(nothing);
    const redefined = await shop.preview({ green: "1.2.0" });
    expect(redefined.output).toContain("green is live with version");

    (await shop.up({ green: "1.1.0" })).orThrow();
    expect((await world.router()).id).not.toBe(router.id);
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green", version: "1.1.0" });
    expect(await shop.recordedColor()).toBe("green");
    const load = await startLoad({ url: shop.url, rate: 100 });
    (await shop.up({ activeColor: "blue" })).orThrow();
    expect(await load.stop()).toMatchObject({ failed: 0 });
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
    expect((await inventory({ "bluegreen.app": identity, "bluegreen.role": "router" })).containers).toHaveLength(1);
  });

  it("changed so that it answers nobody ends the `up` with an error that says what was changed", async () => {
    const image = await deafRouter(shop.front.router.image as string);
    await shop.edit({ router: { image } });
    const up = await shop.up();
    expect(up.exit, up.output).not.toBe(0);
    expect(up.output).toContain("blue 1.0.0 is live, and ");
    expect(up.output).toMatch(
      new RegExp(`this run changed it: the router's container was replaced \\(image \\S+ -> ${image}\\)`),
    );
    await shop.edit({ router: {} });
    (await shop.up()).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
  });

  it("leads to a live color that ended by someone else: an `up` with nothing to do does not end well", async () => {
    const [name = ""] = (await world.backends("blue")).map((one) => one.name);
    await docker.getContainer(name).stop({ t: 1 });
    const up = await shop.up();
    expect(up.exit, up.output).not.toBe(0);
    expect(up.output).toContain("nothing that this run changed leads to it");
    await docker.getContainer(name).start();
    await answers("blue");
    expect((await shop.up()).orThrow().output).toMatch(/\d+ unchanged/);
  });

  it("is not given a port that somebody else holds: preview says who that is", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    try {
      await shop.edit({ router: { port } });
      const held = await shop.preview();
      expect(held.exit).not.toBe(0);
      const process = `the process \\S+ \\(pid ${globalThis.process.pid}\\) of the Docker host`;
      expect(held.output).toMatch(new RegExp(`port ${port} of the Docker host is held by ${process}`));
    } finally {
      taken.close();
    }
    const container = await world.publish("127.0.0.1");
    await shop.edit({ router: { port: container.port } });
    expect((await shop.preview()).output).toContain(
      `port ${container.port} of the Docker host is held by the container ${container.name}`,
    );
    const { router } = shop.front as unknown as { router: { port: number } };
    const cafe = { ...router, port, colorPorts: { blue: router.port, green: container.port } };
    const apps = [{ name: "shop", router }];
    await shop.edit({ router: {}, apps: [...apps, { name: "cafe", router: cafe }] });
    const both = await shop.preview();
    expect(both.output).toContain(`port ${router.port} of the Docker host is the app shop's (its router.port)`);
    expect(both.output).toContain("at router.colorPorts.blue");
    await shop.edit({ apps });
    expect(await shop.previewSteps()).toEqual([]);
  });

  it("shows its admin API neither to the app's containers nor to the host", async () => {
    const { NetworkSettings: net } = await (await world.router()).inspect();
    const { candidateUrl } = await shop.stack.outputs();
    for (const [color, url] of [
      ["blue", shop.url],
      ["green", String(candidateUrl)],
    ]) {
      const address = Object.entries(net.Networks).find(([name]) => name.includes(`-${color}`))?.[1].IPAddress;
      expect(address).toMatch(/^\d+(\.\d+){3}$/);
      // From inside the color's container, by the demo's `/peer`; the live port proves that the way is open.
      const fromInside = (port: number, path: string) => ask(`${url}/peer?url=http://${address}:${port}${path}`);
      expect(await fromInside(8080, "/")).toMatchObject({ status: 200, color });
      expect((await fromInside(2019, "/config/")).status, `${address}:2019 from ${color}`).toBe(502);
      expect((await ask(`http://${address}:8080/`)).status).toBe(200);
      expect(await ask(`http://${address}:2019/config/`)).toEqual(nothing);
    }
    const published = Object.values(net.Ports).flatMap((bindings) => bindings ?? []);
    expect(published.map(({ HostPort }) => Number(HostPort))).toContain(Number(new URL(shop.url).port));
    for (const { HostPort } of published) {
      expect((await ask(`http://127.0.0.1:${HostPort}/config/`)).status, HostPort).toBe(404);
    }
    expect((await askAdmin((await world.router()).id, "/config/")).status).toBe(200);
  });
});
