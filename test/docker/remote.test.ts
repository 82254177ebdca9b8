import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { containersWith } from "@bluegreen/testkit/docker/engine";
import { type RemoteMachine, startRemoteMachine, whyNoRemoteMachine } from "@bluegreen/testkit/docker/remote/machine";
import { isProvider } from "@bluegreen/testkit/processes";
import { until } from "@bluegreen/testkit/until";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DockerBed } from "../support/bed/docker.ts";
import { killAlone, leases } from "../support/killing.ts";
import { ask, quickGate, Shop } from "../support/shop.ts";
import { traffic, underTraffic, untouched } from "../support/traffic.ts";

/** Breaks after 200 answers of "/". */
const broken = "2.1.0-breaks";
const reason = whyNoRemoteMachine();

describe.skipIf(reason !== null)("a Docker host of which the deployer reaches the engine's API only", () => {
  let machine: RemoteMachine;
  beforeAll(async () => {
    machine = await startRemoteMachine();
  });
  afterAll(() => machine?.stop());

  for (const way of ["ssh", "tcp"] as const) {
    describe(`by ${way}`, () => {
      let shop: Shop;
      beforeAll(async () => {
        const { DOCKER_HOST = "", ...more } = machine.ways[way];
        // By ssh the ambient engine is that machine's, by tcp only the app's provider goes there.
        const env = way === "ssh" ? { DOCKER_HOST, ...more } : { BLUEGREEN_THERE: DOCKER_HOST, ...more };
        const bed = new DockerBed({ env, engine: machine.docker, inside: machine.inside });
        // Open to everyone on that machine's side.
        const images = { blue: { web: "1.0.0" }, green: { web: "1.1.0" } };
        const provider = way === "ssh" ? {} : ({ provider: "docker" } as const);
        shop = await Shop.open({ images, router: { bind: "0.0.0.0" }, ...provider }, {}, bed);
      });
      afterAll(() => shop?.close());

      const probes = () => containersWith({ "bluegreen.role": "probe" }, machine.docker);

      it("gets its first deployment, verified from the host", async () => {
        await shop.deployBoth();
        expect(await shop.ask()).toEqual({ status: 200, color: "blue", version: "1.0.0" });
        const { url, cutover } = await shop.stack.outputs();
        expect(cutover).toMatchObject({ outcome: "switched", to: "blue", askedFrom: "the Docker host" });
        const { port } = shop.front.router;
        expect(url).toBe(`http://${way === "ssh" ? "remote-docker" : machine.address}:${port}`);
        expect(await probes()).toEqual([]);
      });

      it("shows the deployer neither the live address, nor a color's, nor a container's", async () => {
        const { port, colorPorts } = shop.front.router as unknown as { port: number; colorPorts: object };
        const [container] = await shop.backends("blue");
        const { NetworkSettings } = await machine.docker.getContainer(container?.id ?? "").inspect();
        const addresses = Object.values(NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
        expect(addresses).toHaveLength(1);
        const ports = [port, ...Object.values(colorPorts)];
        const places = ["127.0.0.1", machine.address].flatMap((host) => ports.map((one) => `${host}:${one}`));
        // Each is waited for until its time is over.
        const answers = await Promise.all(places.map((place) => ask(`http://${place}/`)));
        expect(answers.map(({ status }) => status)).toEqual(places.map(() => 0));
        // This machine's own way to such an address may end at a proxy, which answers for itself.
        expect(await ask(`http://${addresses[0]}:8080/`)).toMatchObject({ color: "", version: "" });
        expect(await ask(`http://${addresses[0]}:8080/`, machine.inside)).toMatchObject({ status: 200, color: "blue" });
      });

      it("goes on to the wish after a run that was killed in the bake, which leaves no process there", async () => {
        await shop.edit({ verification: { bake: "60s" } });
        const load = await traffic(shop.url, { inside: machine.inside });
        await shop.set({ activeColor: "green" });
        const run = shop.stack.start("up");
        await until("green is live", async () => {
          if (!run.running) throw new Error(`the run ended before it could be killed:\n${run.output}`);
          return (await shop.ask()).color === "green" && (await probes()).length > 0;
        });
        const orphans = await killAlone(run);
        expect(orphans).not.toEqual([]);
        await until("the orphaned providers end", async () => !orphans.some(isProvider));
        await until("their probe ends with them", async () => (await probes()).length === 0);
        expect(await leases(shop)).toHaveLength(1);
        expect(await shop.recordedColor()).toBe("blue");

        (await shop.stack.cancel()).orThrow();
        await shop.edit({ verification: { bake: "1s" } });
        (await shop.up()).orThrow();
        expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
        expect(await shop.recordedColor()).toBe("green");
        expect(await leases(shop)).toEqual([]);
        expect((await load.stop()).failuresByReason).toEqual({});
      });

      it("is switched behind gates, one of them a command that asks the candidate, and no request fails", async () => {
        const answered = join(shop.project.dir, "answered");
        const fetch = "fetch(process.env.BLUEGREEN_CANDIDATE_URL).then(async (it) => console.log(await it.text()))";
        await shop.edit({ gates: [quickGate, { run: `node -e '${fetch}' > ${answered}` }] });
        const { result: up, traffic } = await underTraffic(shop, () => shop.up({ activeColor: "blue" }));
        up.orThrow();
        expect(JSON.parse(await readFile(answered, "utf8"))).toMatchObject({ color: "blue", version: "1.0.0" });
        expect(traffic.failures).toEqual([]);
        expect(traffic.byColor).toMatchObject({ blue: expect.any(Number), green: expect.any(Number), none: 0 });
        expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
        expect(await shop.recordedColor()).toBe("blue");
        expect((await shop.up()).orThrow().output).toMatch(/\d+ unchanged/);
      });

      // These decide by what the engine tells them; the way by which it does is proven above.
      if (way === "ssh") {
        it("is not switched past a gate that fails", async () => {
          await shop.edit({ gates: [quickGate, { run: "exit 7" }] });
          const { result: up, traffic } = await underTraffic(shop, () => shop.up({ activeColor: "green" }));
          expect(up.exit).not.toBe(0);
          expect(up.output).toContain("gate command-2 of green 1.1.0 failed: exit 7");
          expect(traffic).toMatchObject(untouched("blue"));
          expect(await shop.recordedColor()).toBe("blue");
        });

        it("is seen to have been moved by someone else, and adopted", async () => {
          await shop.edit({ gates: [quickGate] });
          await (await shop.world()).moveByHand("green");
          expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
          const preview = await shop.preview({ activeColor: "blue" });
          expect(preview.exit).not.toBe(0);
          expect(preview.output).toContain(
            "traffic was moved by someone else: the router sends it to green, you want blue",
          );
          const { result: up, traffic } = await underTraffic(shop, () => shop.up({ activeColor: "green" }));
          up.orThrow();
          expect(traffic).toMatchObject(untouched("green"));
          expect(await shop.recordedColor()).toBe("green");
        });

        it("reverts a release that breaks during the bake, and nobody but its own users saw it fail", async () => {
          const verification = { checks: [{ kind: "http", path: "/" }], bake: "20s", interval: "50ms" };
          await shop.edit({ images: { blue: { web: broken }, green: { web: "1.1.0" } }, verification });
          const wish = { activeColor: "blue", blue: "1.2.0" };
          const { result: up, traffic } = await underTraffic(shop, () => shop.up(wish));
          expect(up.exit).not.toBe(0);
          expect(up.output).toMatch(/blue 1\.2\.0 failed after the switch: blue answered \/ with 500, not 200/);
          expect(up.output).toContain("Traffic is back at green");
          expect(traffic.byVersion[broken]).toBeGreaterThan(100);
          expect(traffic.failures.filter(({ version, status }) => version !== broken || status !== 500)).toEqual([]);
          expect(traffic.lastAnswer.green).toBeGreaterThan(traffic.lastAnswer.blue ?? 0);
          expect(await shop.recordedColor()).toBe("green");
          expect(await probes()).toEqual([]);
        });
      }

      it("says so when the engine can't be reached, and then treats both colors as live", async () => {
        const wrong = { ssh: { DOCKER_HOST: "ssh://nobody@remote-docker" }, tcp: { DOCKER_CERT_PATH: "" } };
        const words = { ssh: "Permission denied", tcp: "Client sent an HTTP request to an HTTPS server" };
        const stack = await shop.project.stack("dev", { env: { ...machine.ways[way], ...wrong[way] } });
        const preview = await stack.preview({ diff: true });
        expect(preview.output).toContain("both colors count as live, because");
        expect(preview.output).toContain(words[way]);
      });

      it("is left with nothing by `destroy`", async () => {
        const world = await shop.world();
        (await shop.stack.destroy()).orThrow();
        expect(await world.inventory()).toEqual([]);
      });
    });
  }
});

it.runIf(reason !== null)("a remote Docker host is not tested here", ({ skip }) => skip(reason ?? ""));
