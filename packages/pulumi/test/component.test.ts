import { beforeAll, describe, expect, test } from "vitest";
import { secretText } from "./declare-app.ts";
import { declareApp as declare, type Graph, type Registered } from "./declare-app-process.ts";

function find(graph: Graph, name: string): Registered {
  const found = graph.registered.find((one) => one.name === name);
  if (!found) throw new Error(`${name} is not among ${graph.registered.map((one) => one.name).join(", ")}`);
  return found;
}

/** Marks a secret in what is sent to the engine (`sdk/nodejs/runtime/rpc.ts`). */
const secretMark = "4dabf18193072939515e22adb298388d";

function withoutSecrets(value: any): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  if (secretMark in value) return "[secret]";
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutSecrets(inner)]));
}

describe("an app", () => {
  let graph: Graph;
  /** Green is live and both colors have other releases, which listen elsewhere. */
  let later: Graph;
  beforeAll(async () => {
    const releases = {
      blue: { version: "3", images: { web: "shop:3" } },
      green: { version: "4", images: { web: "shop:4", api: "api:4" } },
    };
    const services = { web: { port: 9090, ready: { path: "/up", port: 9091 } }, api: {} };
    [graph, later] = await Promise.all([declare(), declare({ activeColor: "green", releases, services })]);
  }, 180_000);

  test("declares these children, named after what they are", () => {
    const names = graph.registered.map(({ name, type }) => `${name} ${type}`).sort();
    expect(names).toMatchInlineSnapshot(`
      [
        "shop bluegreen:index:BlueGreenApp",
        "shop-blue docker:index/network:Network",
        "shop-blue-api-1 docker:index/container:Container",
        "shop-blue-api-image docker:index/remoteImage:RemoteImage",
        "shop-blue-web-1 docker:index/container:Container",
        "shop-blue-web-2 docker:index/container:Container",
        "shop-blue-web-image docker:index/remoteImage:RemoteImage",
        "shop-blue-web.data docker:index/volume:Volume",
        "shop-cutover pulumi-nodejs:dynamic/bluegreen:Cutover",
        "shop-gate-command-2 command:local:Command",
        "shop-gate-http-1 command:local:Command",
        "shop-green docker:index/network:Network",
        "shop-green-web-1 docker:index/container:Container",
        "shop-green-web-2 docker:index/container:Container",
        "shop-green-web-image docker:index/remoteImage:RemoteImage",
        "shop-green-web.data docker:index/volume:Volume",
        "shop-interlock pulumi-nodejs:dynamic/bluegreen:Interlock",
        "shop-leftovers pulumi-nodejs:dynamic/bluegreen:Leftovers",
        "shop-retire pulumi-nodejs:dynamic/bluegreen:Retire",
        "shop-router docker:index/container:Container",
        "shop-router-data docker:index/volume:Volume",
        "shop-shared-web.shared docker:index/volume:Volume",
      ]
    `);
  });

  test("is the parent of all of them", () => {
    for (const { name, parent } of graph.registered.filter((one) => one.name !== "shop")) {
      expect(parent, name).toMatch(/bluegreen:index:BlueGreenApp::shop$/);
    }
  });

  test("keeps the environment of its containers secret, also when it is read back", () => {
    const containers = graph.registered.filter(({ name }) => /^shop-(blue|green)-\w+-\d+$/.test(name));
    expect(containers).toHaveLength(5);
    for (const { name, secretOutputs, inputs } of containers) {
      expect(secretOutputs, name).toEqual(["envs"]);
      expect(inputs.envs, name).toHaveProperty(secretMark);
    }
  });

  test("hands no secret over in the clear", () => {
    expect(JSON.stringify(graph.registered)).toContain(secretText);
    for (const { name, inputs } of graph.registered) {
      expect(JSON.stringify(withoutSecrets(inputs)), name).not.toContain(secretText);
    }
  });

  test("records what is secret of a release where it stays secret, also when the program drops it", () => {
    const { blue, blueSecrets } = find(graph, "shop-interlock").inputs;
    expect(JSON.stringify(blue)).not.toContain(secretMark);
    expect(Object.keys(blue.api.spec)).toEqual(["image"]);
    expect(Object.keys(blue.web.env)).toEqual(["MODE"]);
    expect(blueSecrets.value.api.spec).toEqual({ command: ["serve", secretText] });
    expect(find(graph, "shop-blue-api-1").inputs.command).toHaveProperty(secretMark);
    // Neither is any of it repeated by a check.
    expect(find(graph, "shop-cutover").inputs.secretValues.value.blue).toEqual([secretText]);
  });

  test("says where it is live, where the idle color answers, and what is live", () => {
    const url = "http://127.0.0.1:8080";
    expect(graph.outputs).toEqual({ url, candidateUrl: "http://127.0.0.1:8082", activeColor: "blue", release: "1" });
    expect(later.outputs).toEqual({ url, candidateUrl: "http://127.0.0.1:8081", activeColor: "green", release: "4" });
  });

  test("has no input of its own: no color is recorded where nothing keeps it true", () => {
    expect(find(graph, "shop").inputs).toEqual({});
  });

  test.each(["shop-router", "shop-router-data", "shop-blue", "shop-green"])(
    "declares %s the same for every release and either color, so that it is never replaced",
    (name) => {
      expect(find(later, name).inputs).toEqual(find(graph, name).inputs);
    },
  );

  test.each(["shop-interlock", "shop-cutover"])("%s puts a short constant provider text into state", (name) => {
    const text = find(graph, name).inputs.__provider;
    const size = Buffer.byteLength(typeof text === "string" ? text : JSON.stringify(text));
    expect(JSON.stringify(text)).toContain("@bluegreen/pulumi/provider");
    expect(find(later, name).inputs.__provider).toEqual(text);
    expect(size).toBeLessThanOrEqual(3_500);
  });

  test("runs each gate anew with each attempt, and with nothing else", () => {
    for (const name of ["shop-gate-http-1", "shop-gate-command-2"]) {
      expect(find(graph, name).inputs.triggers).toEqual([1]);
    }
  });

  test("makes a color that its run is not about after the cutover, with images and migrations, and sweeps then", async () => {
    const expand = { kind: "command", run: "npm run migrate" };
    const images = { web: "shop:1" };
    const releases = {
      blue: { version: "1", images, migrations: { expand } },
      green: { version: "2", images, migrations: { expand, contract: expand } },
    };
    const apart = await declare({ activeColor: "green", releases }, { bystander: "blue" });
    const waits = (name: string) => find(apart, name).dependencies;
    for (const name of ["shop-blue-web-image", "shop-expand-blue", "shop-blue-web-1"]) {
      expect(waits(name), name).toContain("shop-cutover");
    }
    expect(waits("shop-expand-blue")).toContain("shop-blue-web-image");
    expect(waits("shop-blue-web-1")).toContain("shop-expand-blue");
    expect(waits("shop-expand-green")).toContain("shop-green-web-image");
    expect(waits("shop-cutover").filter((name) => name?.includes("blue-web"))).toEqual([]);
    expect(find(apart, "shop-cutover").inputs).toMatchObject({ later: "blue", workloads: { blue: [] } });
    expect(waits("shop-retire")).toEqual(expect.arrayContaining(["shop-cutover", "shop-blue-web-1"]));
    expect(find(apart, "shop-retire").inputs).not.toHaveProperty("later");
    expect(waits("shop-contract-green")).toContain("shop-retire");
  });

  test("with two routers has one Caddy with a front for each, and every part is told of both", async () => {
    const web = { kind: "caddy", expose: "web", port: 8080 };
    const chat = { kind: "caddy", expose: "chat", port: 8090 };
    const images = { web: "shop:1", chat: "chat:1" };
    const group = await declare({
      releases: { blue: { version: "1", images }, green: { version: "2", images } },
      services: { web: { port: 80, ready: "/ready" }, chat: { port: 90, ready: "/ready" } },
      router: [web, chat],
    });
    const { ports, uploads } = find(group, "shop-router").inputs;
    expect(ports.map(({ external }: { external: number }) => external)).toEqual([8080, 8081, 8082, 8090, 8091, 8092]);
    const { servers } = JSON.parse(uploads[0].content).apps.http;
    expect(Object.keys(servers).sort()).toEqual(
      ["blue", "green", "live"].flatMap((kind) => [`${kind}-chat`, `${kind}-web`]),
    );
    for (const name of ["shop-interlock", "shop-cutover"]) {
      const { service, followers } = find(group, name).inputs;
      expect([service, followers.map((one: any) => one.service)], name).toEqual(["web", ["chat"]]);
      // What is rendered for one router is what it was before there could be several.
      expect(find(graph, name).inputs, name).not.toHaveProperty("followers");
    }
    expect(group.outputs).toMatchObject({ url: "http://127.0.0.1:8080" });
  });

  describe("with neighbours", () => {
    let around: Graph;
    const order = () => around.registered.map(({ name }) => name);
    beforeAll(async () => {
      around = await declare({}, { neighbours: true });
    }, 180_000);

    test("waits with all of its children, the interlock first, for what it depends on", () => {
      expect(order().slice(0, 2)).toEqual(["before", "shop"]);
      expect(find(around, "shop").dependencies).toEqual(["before"]);
    });

    test("is waited for with all of its children, also with those that the interlock's answer declares", () => {
      const children = graph.registered.map(({ name }) => name).filter((name) => name !== "shop");
      expect([...find(around, "after").dependencies].sort()).toEqual(children.sort());
    });

    test("has an address that is used after the cutover", () => {
      expect(find(around, "user").dependencies).toContain("shop-cutover");
      expect(find(around, "user").inputs.url).toBe("http://127.0.0.1:8080");
    });
  });

  test("that is protected protects what outlives releases, and nothing that the next one replaces", async () => {
    const step = { kind: "command", run: "npm run migrate" };
    const blue = {
      version: "1",
      images: { web: "shop:1", api: "api:1" },
      migrations: { expand: step, contract: step },
    };
    const { registered } = await declare({ releases: { blue } }, { options: { protect: true } });
    const named = (wanted: boolean) => registered.filter(({ protect }) => protect === wanted).map(({ name }) => name);
    expect(named(true).sort()).toMatchInlineSnapshot(`
      [
        "shop",
        "shop-blue",
        "shop-blue-web.data",
        "shop-cutover",
        "shop-green",
        "shop-interlock",
        "shop-leftovers",
        "shop-retire",
        "shop-router",
        "shop-router-data",
        "shop-shared-web.shared",
      ]
    `);
    expect(named(false).sort()).toMatchInlineSnapshot(`
      [
        "shop-blue-api-1",
        "shop-blue-api-image",
        "shop-blue-web-1",
        "shop-blue-web-2",
        "shop-blue-web-image",
        "shop-contract-blue",
        "shop-expand-blue",
        "shop-gate-command-2",
        "shop-gate-http-1",
      ]
    `);
  });

  describe("with a provider among its options", () => {
    const host = "ssh://docker@far.example";

    test("goes where that goes, with all that asks the platform by itself", async () => {
      const { registered } = await declare({}, { provider: { package: "docker", settings: { host } } });
      const asking = registered.filter(({ inputs }) => inputs.platform);
      expect(asking.map(({ name }) => name).sort()).toEqual([
        "shop-cutover",
        "shop-interlock",
        "shop-leftovers",
        "shop-retire",
      ]);
      for (const { name, inputs } of asking) expect(inputs.platform, name).toEqual({ kind: "docker", host });
      const gate = registered.find(({ name }) => name === "shop-gate-http-1");
      expect(JSON.parse(gate?.inputs.environment.BLUEGREEN_GATE).platform.host).toBe(host);
      for (const { type, name, provider } of registered.filter(({ type }) => type.startsWith("docker:"))) {
        expect(provider, `${name} ${type}`).toMatch(/^urn:.*::there::/);
      }
    });

    test("knows in every preview where that is, unless the provider itself does not", async () => {
      const seen = async (host: string) => {
        const provider = { package: "docker", settings: { host } } as const;
        const { registered } = await declare({}, { preview: true, provider });
        return registered.find(({ name }) => name === "shop-interlock")?.inputs.platform.host;
      };
      expect(await seen(host)).toBe(host);
      expect(await seen("unknown")).toBe("04da6b54-80e4-46f7-96ec-b56ff0331ba9");
    });

    test("is refused what can't be followed, and a second address", async () => {
      const failure = (change: object, settings: object) =>
        declare(change, { provider: { package: "docker", settings } }).then(
          () => "",
          (error) => error.stderr as string,
        );
      const followed = await failure({}, { host, sshOpts: ["-J", "jump"], context: "far" });
      expect(followed).toContain(
        "the app's docker provider has `context`, which interlock, gates and cutover can't follow",
      );
      expect(followed).toContain("provider.sshOpts");
      const twice = await failure({ platform: { kind: "docker", host } }, { host });
      expect(twice).toContain("docker({ host }) and the provider in the app's options both say where the app runs");
    });
  });

  test("is refused options that would do nothing, or harm", async () => {
    const options = { ignoreChanges: ["*"], retainOnDelete: true };
    const failed = await declare({}, { options }).catch((error) => error);
    expect(failed.stderr).toContain("`ignoreChanges` among the app's options has no effect");
    expect(failed.stderr).toContain("`retainOnDelete` among the app's options would leave what a release replaces");
  });

  test("takes its color as an output, too, which is checked once it is known and no secret", async () => {
    const { registered, outputs } = await declare({}, { color: "green" });
    expect(outputs).toMatchObject({ activeColor: "green", release: "2" });
    const cutover = registered.find(({ name }) => name === "shop-cutover");
    expect(cutover?.inputs.activeColor).toBe("green");
    const failed = await declare({}, { color: "gren" }).catch((error) => error);
    expect(failed.stderr).toContain('activeColor is not right; it must be "blue" or "green"');
    expect(failed.stdout).not.toContain("shop-interlock");
  });

  test("on Kubernetes declares the stable Service the same for releases that listen elsewhere", async () => {
    const on = (port: number, router: object) => {
      const ready = { path: "/ready", port: port + 1, host: "shop.example.org", scheme: "https" };
      const services = { web: { port, ready } };
      const releases = { blue: { version: String(port), images: { web: "shop:1" } } };
      const platform = { kind: "kubernetes", namespace: "shop" };
      return declare({
        platform,
        services,
        releases,
        gates: [],
        router: { kind: "service", expose: "web", ...router },
      });
    };
    const ports = [{ port: 80 }, { name: "metrics", port: 81, targetPort: 9090 }];
    const moved = [{ port: 80 }, { name: "metrics", port: 81, targetPort: 9091 }];
    const [before, after, own] = await Promise.all([on(8080, { ports }), on(8090, { ports: moved }), on(8080, {})]);
    const spec = { type: "ClusterIP", ports: [{ name: "http", port: 80, targetPort: "bluegreen", protocol: "TCP" }] };
    expect(find(before, "shop-router").inputs.spec).toMatchObject({
      ports: [...spec.ports, { port: 81, targetPort: "tcp-81" }],
    });
    expect(find(after, "shop-router").inputs).toEqual(find(before, "shop-router").inputs);
    expect(find(own, "shop-router").inputs.spec).toMatchObject({ ports: [{ ...spec.ports[0], port: 8080 }] });
    const [container] = find(after, "shop-blue-web").inputs.spec.template.spec.containers;
    expect(container).toMatchObject({
      readinessProbe: {
        httpGet: {
          path: "/ready",
          port: 8091,
          scheme: "HTTPS",
          httpHeaders: [{ name: "Host", value: "shop.example.org" }],
        },
      },
      ports: [
        { name: "bluegreen", containerPort: 8090 },
        { name: "tcp-81", containerPort: 9091 },
      ],
    });
  });

  test("is refused with all faults at once, before anything is declared", async () => {
    const failed = await declare({ activeColor: "gren", colour: "x" }).catch((error) => error);
    expect(failed.stderr).toContain('BlueGreenApp "shop": 2 problems');
    expect(failed.stdout).not.toContain("shop-interlock");
  });
});
