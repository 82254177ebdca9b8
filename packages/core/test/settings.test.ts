import { describe, expect, test } from "vitest";
import type { FaultCode } from "../src/fault-codes.ts";
import { activeColorFaults, parseSettings } from "../src/settings/settings.ts";

const secret = "hunter2-very-secret";
const good = () => ({
  activeColor: "blue",
  releases: {
    blue: { version: "1.4.2", images: { web: "shop:1.4.2" } },
    green: { version: "1.5.0", images: { web: "shop:1.5.0" } },
  },
  services: {
    web: {
      port: 8080,
      ready: "/ready",
      replicas: 2,
      env: { LOG: secret },
      secrets: { TOKEN: secret },
      volumes: { "/data": { shared: true } },
      resources: { memory: "512MB", cpus: 0.5 },
    },
  },
  platform: { kind: "docker", networks: ["backing"] },
  router: { kind: "caddy", expose: "web", port: 80, colorPorts: { blue: 81, green: 82 } },
  gates: [
    { kind: "http", path: "/ready", healthyFor: "5s" },
    { kind: "command", run: "true", timeout: "30s", env: { KEY: secret } },
  ],
  verification: { checks: [{ kind: "http", path: "/" }], bake: "60s" },
});

function faultsOf(input: unknown, name = "shop") {
  const parsed = parseSettings(name, input);
  return parsed.ok ? [] : parsed.faults;
}

function settingsOf(input: unknown) {
  const parsed = parseSettings("shop", input);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.settings;
}

test("good settings have no faults", () => {
  expect(faultsOf(good())).toEqual([]);
});

test("a rollback asks who is ready, once, and bakes shortly, unless more is asked for", () => {
  const { gates: given, ...rest } = good();
  const ready = expect.objectContaining({ kind: "http", healthyFor: "0s" });
  const { rollback } = settingsOf({ ...rest, gates: given });
  expect(rollback.gates).toEqual([ready]);
  expect(rollback.verification).toMatchObject({ bake: "5s", checks: [ready] });
  expect(settingsOf({ ...rest, verification: { bake: "2s" } }).rollback.verification.bake).toBe("2s");

  const more = settingsOf({ ...rest, rollback: { gates: given, bake: "20s" } });
  expect(more.rollback.gates).toMatchObject([{ kind: "http", healthyFor: "5s" }, { kind: "command" }]);
  expect(more.rollback.verification).toEqual({ ...more.verification, bake: "20s" });

  const wrong = { gates: [{ kind: "http", path: "/", service: "wb" }], bake: "soon", gate: [] };
  expect(faultsOf({ ...rest, rollback: wrong }).map(({ at }) => at)).toEqual(["rollback.bake", "rollback.gate"]);
  const unknown = { gates: [{ kind: "http", path: "/", service: "wb" }] };
  expect(faultsOf({ ...rest, rollback: unknown }).map(({ at }) => at)).toEqual(["rollback.gates.0.service"]);
});

test("no gate given means what each release calls ready, healthy for a while; no check given means it, too", () => {
  const { gates: _gates, verification: _verification, ...rest } = good();
  const { gates, verification } = settingsOf(rest);
  expect(gates).toEqual([expect.objectContaining({ kind: "http", healthyFor: "5s", status: 200 })]);
  expect(verification.checks).toEqual([expect.objectContaining({ kind: "http" })]);
  // A path here would be asked of the other color's release, too.
  expect([...gates, ...verification.checks]).not.toContainEqual(expect.objectContaining({ path: expect.anything() }));
  expect(settingsOf({ ...rest, gates: [] }).gates).toHaveLength(1);
});

test("Caddy speaks HTTP to containers: TLS on the port that traffic goes to is refused, on one apart it is not", () => {
  const at = (ready: object) => faultsOf({ ...good(), services: { ...good().services, web: { port: 8443, ready } } });
  const secure = { path: "/up", scheme: "https" };
  expect(at({ ...secure, port: 8444 })).toEqual([]);
  expect(at({ ...secure, scheme: "http" })).toEqual([]);
  for (const ready of [secure, { ...secure, port: 8443 }]) {
    expect(at(ready)).toMatchObject([{ code: "unsupported", at: "services.web.ready.scheme" }]);
  }
  expect(at({ ...secure, scheme: "grpc" })).toMatchObject([{ at: expect.stringMatching(/^services\.web\.ready/) }]);
});

test("a value that is known only later is taken", () => {
  const input = good();
  input.releases.blue.images.web = Promise.resolve("x") as unknown as string;
  expect(faultsOf(input)).toEqual([]);
});

test("all faults come at once, each with place and fix", () => {
  const input = { ...good(), activeColor: "gren", colour: "x", router: { kind: "caddy", expose: "web", port: 99_999 } };
  const faults = faultsOf(input, "Shop!");
  expect(faults.map(({ at }) => at).sort()).toEqual(["activeColor", "colour", "name", "router.port"]);
  expect(activeColorFaults("gren")).toEqual(faults.filter(({ at }) => at === "activeColor"));
  expect(activeColorFaults("green")).toEqual([]);
  expect(faults.filter(({ code }) => code === "unknown-setting").map(({ at }) => at)).toEqual(["colour"]);
  expect(faults.find(({ at }) => at === "activeColor")).toEqual({
    code: "invalid-setting",
    problem: 'activeColor is "gren"; it must be "blue" or "green"',
    at: "activeColor",
    fix: "pulumi config set activeColor blue (or green)",
  });
});

describe("settings that do not go together are refused:", () => {
  const conflict = "settings-conflict";
  test.each<[string, (input: any) => void, FaultCode, string]>([
    ["an exposed service that there isn't", (it) => (it.router.expose = "api"), "unknown-service", "router.expose"],
    ["an exposed service without a port", (it) => delete it.services.web.port, conflict, "services.web.port"],
    ["an exposed service without a ready path", (it) => delete it.services.web.ready, conflict, "services.web.ready"],
    ["more replicas than Caddy knows", (it) => (it.services.web.replicas = 61), "unsupported", "services.web.replicas"],
    ["an active color without a release", (it) => delete it.releases.blue, "no-release", "releases.blue"],
    [
      "an image of no service",
      (it) => (it.releases.blue.images.api = "x"),
      "unknown-service",
      "releases.blue.images.api",
    ],
    [
      "a release without the exposed image",
      (it) => delete it.releases.green.images.web,
      conflict,
      "releases.green.images",
    ],
    ["ports that clash", (it) => (it.router.colorPorts.blue = 80), conflict, "router.colorPorts"],
    ["a router of another platform", (it) => (it.platform = { kind: "kubernetes" }), "unsupported", "router"],
    [
      "a variable that is the library's",
      (it) => (it.services.web.env.BLUEGREEN_X = "1"),
      "invalid-setting",
      "services.web.env.BLUEGREEN_X",
    ],
  ])("%s", (_name, spoil, code, at) => {
    const input = good();
    spoil(input);
    expect(faultsOf(input)).toContainEqual(expect.objectContaining({ code, at }));
  });
});

function put(root: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const copy: any = Array.isArray(root) ? [...root] : { ...(root as object) };
  const inner = rest.length === 0 ? value : put(copy[key], rest, value);
  Object.defineProperty(copy, key, { value: inner, enumerable: true, configurable: true, writable: true });
  return copy;
}

test("a value under env or secrets is never quoted, whatever is wrong with it", () => {
  for (const place of ["env", "secrets"] as const) {
    for (const value of [{ TOKEN: [secret] }, { "bad name": secret }, { TOKEN: { inner: secret } }, secret, [secret]]) {
      const faults = faultsOf(put(good(), ["services", "web", place], value));
      expect(faults).not.toEqual([]);
      expect(JSON.stringify(faults)).not.toContain("hunter2");
    }
  }
});

describe("several routers", () => {
  const several = (...routers: object[]) => {
    const { colorPorts: _, ...router } = good().router;
    const { services, releases, gates: _gates, verification: _verification, ...rest } = good();
    const chat = { port: 8080, ready: "/chat/ready" };
    return {
      ...rest,
      releases: {
        blue: { ...releases.blue, images: { web: "shop:1", chat: "chat:1" } },
        green: { ...releases.green, images: { web: "shop:2", chat: "chat:2" } },
      },
      services: { ...services, web: { ...services.web, volumes: {} }, chat },
      router: [router, ...routers],
    };
  };
  const chat = { kind: "caddy", expose: "chat", port: 8090 };
  const onKubernetes = (...router: object[]) => ({ ...several(), platform: { kind: "kubernetes" }, router });

  test("each expose a service, what is ready of which is gate and check unless they are named", () => {
    const settings = settingsOf(several(chat));
    expect(settings.routers.map(({ expose }) => expose)).toEqual(["web", "chat"]);
    const asked = [{ kind: "http" }, { kind: "http", service: "chat" }];
    expect(settings.gates).toMatchObject(asked);
    expect(settings.verification.checks).toMatchObject(asked);
    const named = { ...several(chat), gates: [{ kind: "http", path: "/deep", service: "chat" }] };
    expect(settingsOf(named).gates).toMatchObject([{ path: "/deep", service: "chat" }]);
    const unnamed = { ...several(chat), gates: [{ kind: "http", path: "/deep" }] };
    expect(settingsOf(unnamed).gates).toMatchObject([{ path: "/deep" }, asked[1]]);
  });

  test("one in a list is one", () => {
    expect(settingsOf(several()).routers).toHaveLength(1);
    expect(settingsOf(several()).gates).toEqual([expect.not.objectContaining({ service: expect.anything() })]);
  });

  test.each<[string, object, string, string]>([
    ["a service", several({ ...chat, expose: "web" }), "router.1.expose", 'are both service "web"'],
    ["a port", several({ ...chat, port: 80 }), "router.1.port", "are both port 80"],
    ["a color's port", several({ ...chat, port: 81 }), "router.1.port", "are both port 81"],
    [
      "a Service",
      onKubernetes({ kind: "service", expose: "web", name: "shop" }, { kind: "service", expose: "chat", name: "shop" }),
      "router.1.name",
      'are both Service "shop"',
    ],
    [
      "a node's port",
      onKubernetes(
        { kind: "service", expose: "web", type: "NodePort", ports: [{ port: 80, nodePort: 30_080 }] },
        { kind: "service", expose: "chat", type: "NodePort", ports: [{ port: 80, nodePort: 30_080 }] },
      ),
      "router.1.ports",
      "are both port 30080",
    ],
    [
      "a host and path",
      onKubernetes(
        { kind: "ingress", expose: "web", host: "shop.example" },
        { kind: "ingress", expose: "chat", host: "shop.example" },
      ),
      "router.1.path",
      'are both "shop.example/"',
    ],
  ])("may not share %s", (_what, input, at, words) => {
    const problem = expect.stringContaining(words);
    expect(faultsOf(input)).toContainEqual({ code: "settings-conflict", problem, at, fix: "give each its own" });
  });

  test("are refused one by one, and none of them is none", () => {
    const faults = faultsOf(several({ ...chat, expose: "nothing" }, { ...chat, port: "x" }));
    expect(faults.map(({ at }) => at)).toEqual(["router.2.port"]);
    expect(faultsOf(several({ ...chat, expose: "nothing" })).map(({ at }) => at)).toContain("router.1.expose");
    expect(faultsOf(several({ ...chat, image: "caddy:other" })).map(({ at }) => at)).toEqual(["router.1.image"]);
    expect(faultsOf({ ...good(), router: [] }).map(({ at }) => at)).toEqual(["router"]);
    expect(faultsOf(onKubernetes({ kind: "service", expose: "web" }, chat)).map(({ at }) => at)).toEqual(["router.1"]);
  });

  test("share what they may: neither a name of its own nor the same path on another host is taken", () => {
    const services = [
      { kind: "service", expose: "web" },
      { kind: "service", expose: "chat" },
    ];
    expect(faultsOf(onKubernetes(...services))).toEqual([]);
    const hosts = ["web", "chat"].map((expose) => ({ kind: "ingress", expose, host: `${expose}.example` }));
    expect(faultsOf(onKubernetes(...hosts))).toEqual([]);
  });
});

describe("an app without a live address", () => {
  const bot = () => ({
    activeColor: "blue",
    releases: { blue: { version: "1", images: { bot: "bot:1", lavalink: "lavalink:1" } } },
    services: { bot: {}, lavalink: { port: 2333, ready: "/version" } },
    platform: { kind: "docker" },
    router: { kind: "none", exclusive: ["bot"] },
  });

  test("is gated by what runs before the switch, has no checks through an address, and keeps no idle color", () => {
    const { gates, verification, drain, retire, failedCandidate } = settingsOf(bot());
    expect(gates).toEqual([{ kind: "running", healthyFor: "5s", within: "60s", interval: "1s" }]);
    expect({ checks: verification.checks, drain, retire }).toEqual({ checks: [], drain: null, retire: "zero" });
    expect(failedCandidate).toBe("stop");
    expect(settingsOf({ ...bot(), failedCandidate: "keep" }).failedCandidate).toBe("keep");
  });

  test("may have http gates of a service that runs before the switch", () => {
    const router = { kind: "none", exclusive: ["bot"], expose: "lavalink" };
    expect(faultsOf({ ...bot(), router, gates: [{ kind: "http", path: "/version" }] })).toEqual([]);
  });

  test.each<[string, object, FaultCode]>([
    ["router.exclusive", { router: { kind: "none", exclusive: ["bta"] } }, "unknown-service"],
    ["router.expose", { router: { kind: "none", exclusive: ["bot"], expose: "bot" } }, "settings-conflict"],
    ["router.expose", { router: { kind: "none", expose: "web" } }, "unknown-service"],
    ["services.bot", { router: { kind: "none", expose: "bot" } }, "settings-conflict"],
    ["gates.0", { gates: [{ kind: "http", path: "/" }] }, "settings-conflict"],
    ["verification.checks.0", { verification: { checks: [{ kind: "http", path: "/" }] } }, "unsupported"],
    ["retire", { retire: "warm" }, "unsupported"],
    ["drain", { drain: { within: "5s" } }, "unsupported"],
  ])("names %s when it makes no sense", (at, change, code) => {
    expect(faultsOf({ ...bot(), ...change })).toContainEqual(expect.objectContaining({ code, at }));
  });

  test("has a number of pods that no autoscaler decides, where it is exclusive", () => {
    const services = { bot: { kubernetes: { autoscale: { min: 1, max: 2 } } } };
    const releases = { blue: { version: "1", images: { bot: "bot:1" } } };
    const faults = faultsOf({ ...bot(), services, releases, platform: { kind: "kubernetes" } });
    expect(faults.map((fault) => fault.at)).toEqual(["services.bot.kubernetes.autoscale"]);
  });

  test("is no reason for a running gate elsewhere", () => {
    expect(faultsOf({ ...good(), gates: [{ kind: "running" }] }).map((fault) => fault.at)).toEqual(["gates.0"]);
  });
});
