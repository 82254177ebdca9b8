import { parseSettings } from "@bluegreen/core/settings";
import { describe, expect, test } from "vitest";
import { collide } from "../src/app/claimed-ports.ts";
import { parseSockets } from "../src/docker/ports.ts";
import { nodePorts } from "../src/kubernetes/declare/node-ports.ts";
import { heldBy } from "../src/kubernetes/ports.ts";

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0
   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000000000000 100 0 0 10 0
   2: 0100007F:1F90 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4713 1 0000000000000000 100 0 0 10 0`;
const table6 = `  sl  local_address                         remote_address                        st
   0: 00000000000000000000000000000000:1F91 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 4714 1
   1: 0000000000000000FFFF00000100007F:1F92 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 4715 1
   2: 00000000000000000000000001000000:1F93 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 4716 1`;

describe("ports of the Docker host", () => {
  test("are held by sockets that listen, at one address or at all", () => {
    expect(parseSockets(table)).toEqual([
      { host: "127.0.0.1", port: 8080, inode: "4711" },
      { host: "::", port: 80, inode: "4712" },
    ]);
    expect(parseSockets(table6)).toEqual([
      { host: "::", port: 8081, inode: "4714" },
      { host: "127.0.0.1", port: 8082, inode: "4715" },
      { host: "::1", port: 8083, inode: "4716" },
    ]);
  });

  test.each([
    ["0.0.0.0", "127.0.0.1", true],
    ["127.0.0.1", "::", true],
    ["127.0.0.1", "127.0.0.1", true],
    ["127.0.0.1", "10.0.0.1", false],
    ["::1", "127.0.0.1", false],
  ])("%s and %s are the same: %s", (one, other, same) => {
    expect(collide(one, other)).toBe(same);
  });
});

describe("node ports of a cluster", () => {
  const web = (more: object) => ({ kind: "service", expose: "web", type: "NodePort", ...more });
  const wanted = (router: object) => {
    const service = { port: 8080, ready: "/ready" };
    const parsed = parseSettings("shop", {
      activeColor: "blue",
      releases: { blue: { version: "1", images: { web: "shop:1", chat: "shop:1" } } },
      services: { web: service, chat: service },
      platform: { kind: "kubernetes" },
      router,
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
    return nodePorts(parsed.settings);
  };
  const two = [
    { port: 80, nodePort: 30080 },
    { name: "more", port: 81, nodePort: 30081 },
  ];

  test("are wanted as the program names them, of its own Services", () => {
    expect(wanted(web({ ports: two }))).toMatchObject([
      { port: 30080, at: "router.ports[0].nodePort" },
      { port: 30081, at: "router.ports[1].nodePort" },
    ]);
    const chat = web({ expose: "chat", ports: [{ port: 80, nodePort: 30082 }] });
    expect(wanted([web({}), chat])).toMatchObject([{ port: 30082, at: "router[1].ports[0].nodePort" }]);
    expect(wanted(web({ name: "old", adopt: true, ports: [{ port: 80, nodePort: 30080 }] }))).toEqual([]);
  });

  test("are held by other Services of the cluster, also for their health checks, and never by the app's own", () => {
    const service = (name: string, labels: Record<string, string>, spec: object) => ({
      metadata: { name, namespace: "lobby", uid: name, resourceVersion: "1", labels },
      spec,
    });
    const services = [
      service("cafe", { "bluegreen/app": "cafe-b2" }, { ports: [{ port: 80, nodePort: 30080 }] }),
      service("balancer", {}, { ports: [{ port: 80 }], healthCheckNodePort: 30081 }),
      service("shop", { "bluegreen/app": "shop-a1" }, { ports: [{ port: 80, nodePort: 30082 }] }),
    ];
    const ports = [30080, 30081, 30082, 30083].map((port) => ({ host: "", port, at: "" }));
    expect(heldBy(services, "shop-a1", ports)).toMatchObject([
      { port: 30080, holder: "Service cafe of namespace lobby, which is the app cafe-b2's" },
      { port: 30081, holder: "Service balancer of namespace lobby" },
    ]);
  });
});
