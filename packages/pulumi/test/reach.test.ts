import { parseSettings } from "@bluegreen/core/settings";
import { describe, expect, test } from "vitest";
import { askedOf, inManner, mannerOf, portOf, reachesOf, schemeOf } from "../src/checks/parts/reach.ts";
import type { KnownCheck } from "../src/contracts/check.ts";
import type { Reaches } from "../src/contracts/release.ts";
import { containerPorts, routedPortsOf, targetPortsOf } from "../src/kubernetes/declare/router-ports.ts";

const waits = { status: 200, healthyFor: "0s", within: "0s", interval: "1s", timeout: "5s" };
const http = (more: object = {}) => ({ kind: "http", ...waits, ...more }) as KnownCheck;

describe("what a release is reached by", () => {
  const reaches: Reaches = {
    web: { port: 8080, ready: { path: "/up", port: 8080 } },
    api: { port: 9000, ready: { path: "/ready", port: 9001 } },
    cache: { port: 6379, ready: null },
    site: { port: 8000, ready: { path: "/up", port: 8000, host: "shop.example.org" } },
  };

  test("is read from its recorded shape; what listens nowhere is reached by nothing", () => {
    const service = { volumes: [], properties: [] };
    const services = {
      web: { ...service, port: 8080, ready: { path: "/up", port: 8080 } },
      bot: { ...service, port: null, ready: null },
    };
    expect(reachesOf({ services })).toEqual({ web: reaches.web });
    expect(reachesOf(null)).toEqual({});
    expect(portOf("web", reaches)).toBe(8080);
    expect(portOf("web", reaches, 81)).toBe(81);
    expect(() => portOf("bot", reaches)).toThrow("no port is known on which bot listens");
  });

  test("says for which Host it is asked, where it names one", () => {
    expect(mannerOf(reaches.site, 8000)).toEqual({ headers: { host: "shop.example.org" } });
    for (const other of [reaches.web, reaches.cache, undefined]) expect(mannerOf(other, 8080)).toEqual({});
  });

  test("says over what it is asked on which port; a request's own word on headers is the last", () => {
    const ready = { path: "/up", port: 8443, host: "shop.example.org", scheme: "https" } as const;
    expect(mannerOf({ port: 8443, ready }, 8443)).toEqual({ headers: { host: "shop.example.org" }, scheme: "https" });
    expect(mannerOf({ port: 8080, ready }, 8080)).toEqual({ headers: { host: "shop.example.org" } });
    expect([8443, 8080, undefined].map((port) => schemeOf({ ready }, port))).toEqual(["https", "http", "http"]);
    const asked = inManner(mannerOf({ port: 8443, ready }, 8443), {
      path: "/",
      headers: { host: "a", x: "1" },
      timeoutMs: 1,
    });
    expect(asked).toEqual({ path: "/", headers: { host: "a", x: "1" }, scheme: "https", timeoutMs: 1 });
  });

  test("says what a check without a path asks, and on which port", () => {
    expect(askedOf(http(), reaches, "web")).toEqual(http({ path: "/up" }));
    expect(askedOf(http({ service: "api" }), reaches, "web")).toEqual(
      http({ service: "api", path: "/ready", port: 9001 }),
    );
    expect(askedOf(http({ service: "cache" }), reaches, "web")).not.toHaveProperty("path");
    expect(askedOf(http({ path: "/" }), reaches, "web")).toEqual(http({ path: "/" }));
  });
});

describe("the stable Service's ports", () => {
  const settingsOf = (port: number, ports: object[]) => {
    const parsed = parseSettings("shop", {
      activeColor: "blue",
      releases: { blue: { version: "1", images: { web: "shop:1" } } },
      services: { web: { port, ready: "/ready" } },
      platform: { kind: "kubernetes" },
      router: { kind: "service", expose: "web", ports },
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
    return parsed.settings;
  };
  const targets = (port: number, ports: object[]) => {
    const { routers } = settingsOf(port, ports);
    return targetPortsOf(routers[0].kind === "service" ? (routers[0].ports ?? []) : [], port);
  };

  test("lead to names, so that another number says nothing at the Service", () => {
    const metrics = { name: "metrics", port: 81, targetPort: 9090 };
    const ports = [{ port: 80 }, { name: "same", port: 443, targetPort: 8080 }, metrics];
    const again = [{ port: 80 }, { name: "same", port: 443, targetPort: 8090 }, { ...metrics, targetPort: 9091 }];
    expect(targets(8080, ports)).toEqual(["bluegreen", "bluegreen", "tcp-81"]);
    expect(targets(8090, again)).toEqual(targets(8080, ports));
    expect(routedPortsOf(settingsOf(8080, ports), "web")).toEqual({ "tcp-81": { port: 9090, protocol: "TCP" } });
    expect(routedPortsOf(settingsOf(8090, again), "web")).toEqual({ "tcp-81": { port: 9091, protocol: "TCP" } });
  });

  test("lead to a port of the same number by one name, to another protocol's by its own, and where the user says", () => {
    const ports = [
      { port: 53, protocol: "UDP", name: "dns" },
      { port: 81, targetPort: 9090, name: "a" },
      { port: 82, targetPort: 9090, name: "b" },
      { port: 83, targetPort: "admin", name: "c" },
    ];
    expect(targets(53, ports)).toEqual(["udp-53", "tcp-81", "tcp-81", "admin"]);
    expect(containerPorts(53, routedPortsOf(settingsOf(53, ports), "web"))).toEqual([
      { name: "bluegreen", containerPort: 53, protocol: "TCP" },
      { name: "udp-53", containerPort: 53, protocol: "UDP" },
      { name: "tcp-81", containerPort: 9090, protocol: "TCP" },
    ]);
    expect(containerPorts(null)).toEqual([]);
  });
});
