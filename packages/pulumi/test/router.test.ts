import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { initialConfig, literalUpstreams, liveServer, lookupsOf, tries, ways } from "../src/docker/caddy/config.ts";
import { deal } from "../src/docker/caddy/live-files.ts";
import { colorOf, fingerprint, sameBackends } from "../src/routers/interpret.ts";

const targets = { blue: ["b1:80", "b2:80"], green: ["g1:80"] };
test("backends tell the color: all of one, none, or a mixture that is foreign", () => {
  expect(colorOf(["b2:80", "b1:80"], targets)).toBe("blue");
  expect(colorOf(["b2:80"], targets)).toBe("blue");
  expect(colorOf(["g1:80"], targets)).toBe("green");
  expect(colorOf([], targets)).toBeNull();
  expect(colorOf(["b1:80", "g1:80"], targets)).toBe("foreign");
  expect(colorOf(["x:80"], targets)).toBe("foreign");
});

test("the fingerprint knows the backends, not their order", () => {
  expect(fingerprint(["a", "b"])).toBe(fingerprint(["b", "a"]));
  expect(fingerprint(["a", "b"])).not.toBe(fingerprint(["a", "c"]));
  expect(fingerprint(["ab"])).not.toBe(fingerprint(["a", "b"]));
  expect(fingerprint(["a"])).toMatch(/^[0-9a-f]{12}$/);
});

test("the same backends are the same in any order", () => {
  expect(sameBackends(["a", "b"], ["b", "a"])).toBe(true);
  expect(sameBackends(["a"], ["a", "b"])).toBe(false);
});

describe("the live server", () => {
  const server = liveServer({ app: "shop-1", name: "live-web", listen: [":8080"] });

  test("names no backend: they are looked up at every request", () => {
    const upstreams = literalUpstreams(JSON.parse(JSON.stringify(server)));
    expect(upstreams).toEqual(tries.map((one) => `tcp{http.vars.${one}}`));
    expect(JSON.stringify(server)).toContain("/data/bluegreen/live/current/web/way/{bluegreen.way}");
  });

  test("what someone else wrote past the files is read, too", () => {
    const written = { routes: [{ handle: [{ handler: "reverse_proxy", upstreams: [{ dial: "b1:80" }] }] }] };
    expect(literalUpstreams(written)).toEqual(["b1:80"]);
    for (const odd of [null, undefined, {}, { routes: [] }, { routes: [{}] }, { routes: [{ handle: [{}] }] }]) {
      expect(literalUpstreams(odd)).toEqual([]);
    }
  });

  test("without a color says so with a 503", () => {
    expect(JSON.stringify(server)).toContain('"status_code":503');
  });
});

describe("backends are dealt out over the ways", () => {
  test("of which there are none without a backend", () => expect(deal([], "web")).toEqual([]));

  const dealt = (count: number) => {
    const backends = Array.from({ length: count }, (_, index) => `b${index}:80`);
    const folders = deal(backends, "web").map((path) => path.split("/"));
    const of = (kind: string) => folders.flatMap(([, it, from = "", to = ""]) => (it === kind ? [{ from, to }] : []));
    return { ways: of("way"), next: of("next") };
  };

  test("in shares that differ by one at most", () => {
    for (const count of [1, 2, 3, 4, 5, 6, 7, 10, 60, 64]) {
      const shares = new Map<string, number>();
      for (const { to } of dealt(count).ways) shares.set(to, (shares.get(to) ?? 0) + 1);
      expect(shares.size).toBe(count);
      expect(Math.max(...shares.values()) - Math.min(...shares.values())).toBeLessThanOrEqual(1);
      expect(dealt(count).ways.map(({ from }) => from)).toEqual(ways);
    }
  });

  test("and after each comes another one, each of them once", () => {
    expect(dealt(1).next).toEqual([]);
    for (const count of [2, 3, 4, 60]) {
      const { next } = dealt(count);
      expect(next.every(({ from, to }) => from !== to)).toBe(true);
      expect(new Set(next.map(({ from }) => from)).size).toBe(count);
      expect(new Set(next.map(({ to }) => to)).size).toBe(count);
    }
  });
});

test("the first configuration goes nowhere, and each color answers on its own port", () => {
  const shape = {
    service: "web",
    livePort: 8080,
    colorPorts: { blue: 8081, green: 8082 },
  };
  const { admin, apps } = initialConfig({ app: "shop-1", fronts: [shape] }) as any;
  expect(admin.listen).toBe("127.0.0.1:2019");
  expect(apps.http.servers["live-web"]).toEqual(liveServer({ app: "shop-1", name: "live-web", listen: [":8080"] }));
  for (const color of ["blue", "green"] as const) {
    const server = apps.http.servers[`${color}-web`];
    expect(server.listen).toEqual([`:${shape.colorPorts[color]}`]);
    // Where that is, is a release's own, and the configuration never changes.
    expect(server.routes[0].match[0].not[0].file.root).toBe(`/data/bluegreen/colors/${color}/web`);
  }
});

describe("a router that was made before Caddy 2.11", () => {
  const front = { service: "web", livePort: 8080, colorPorts: { blue: 8081, green: 8082 } };
  const shape = { app: "shop-1", fronts: [front] };

  test("keeps its configuration to the letter: another one would replace its container", () => {
    expect(["caddy:2.10.2-alpine", "caddy:2.11.9-alpine", "acme/caddy"].map(lookupsOf)).toEqual([
      "by 2.10",
      "told",
      "told",
    ]);
    const text = JSON.stringify(initialConfig(shape, "by 2.10"));
    expect(createHash("sha256").update(text).digest("hex")).toBe(
      "b063ac9ed621c1cd8aae54abb967ab4cb1cccd00133b20bb51e160dfea86cdcd",
    );
  });

  test("and any other is told what finding nothing looks like from 2.11 on", () => {
    const told = JSON.stringify(initialConfig(shape));
    expect(told.match(/"vars":\{"\{http\.matchers\.file\.relative\}":\["\/\*"\]\}/g)).toHaveLength(5);
    expect(JSON.stringify(initialConfig(shape, "by 2.10"))).not.toContain('"/*"');
  });
});
