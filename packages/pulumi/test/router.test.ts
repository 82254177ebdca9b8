import { describe, expect, test } from "vitest";
import { initialConfig, literalUpstreams, liveServer, slots } from "../src/router/caddy-config.ts";
import { deal } from "../src/router/live-files.ts";
import { colorOf, fingerprint, sameBackends } from "../src/router.ts";

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
  const server = liveServer({ app: "shop-1", name: "live", listen: [":8080"] });

  test("names no backend: each slot is read from its file at every request", () => {
    const upstreams = literalUpstreams(JSON.parse(JSON.stringify(server)));
    expect(upstreams).toHaveLength(slots);
    expect(upstreams[7]).toBe("{file./data/bluegreen/live/current/7}");
  });

  test("what another hand wrote past the files is read, too", () => {
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

test("backends are dealt out over the slots in equal shares", () => {
  expect(deal([])).toEqual([]);
  for (const count of [1, 2, 3, 4, 5, 6, 10, 60]) {
    const backends = Array.from({ length: count }, (_, index) => `b${index}:80`);
    const dealt = deal(backends);
    expect(dealt).toHaveLength(slots);
    for (const backend of backends)
      expect(dealt.filter((one) => one.endsWith(`=${backend}`))).toHaveLength(slots / count);
  }
});

test("the first configuration goes nowhere, and each color answers on its own port", () => {
  const shape = {
    service: "web",
    livePort: 8080,
    colorPorts: { blue: 8081, green: 8082 },
    colorTargets: { blue: "web.blue:80", green: "web.green:80" },
  };
  const { admin, apps } = initialConfig({ app: "shop-1", fronts: [shape] }) as any;
  expect(admin.listen).toBe("127.0.0.1:2019");
  expect(apps.http.servers.live).toEqual(liveServer({ app: "shop-1", name: "live", listen: [":8080"] }));
  for (const color of ["blue", "green"] as const) {
    const server = apps.http.servers[color];
    expect(server.listen).toEqual([`:${shape.colorPorts[color]}`]);
    expect(server.routes[0].handle[0].upstreams).toEqual([{ dial: shape.colorTargets[color] }]);
  }
});
