import { describe, expect, test } from "vitest";
import { changesOf, type Reached } from "../src/cutover/changes.ts";

const live = { host: "127.0.0.1", port: 80 };
const caddy = { kind: "caddy", container: "c1", image: "caddy:1", networks: [], live } as const;
const service = { kind: "service", name: "shop", port: 80, url: "" } as const;
const container = (id: string) => ({ id, name: `shop-blue-web-1-${id}`, service: "web" });
const before: Reached = {
  app: "shop-a1",
  platform: { kind: "docker", host: "" },
  router: caddy,
  service: "web",
  reach: { blue: {}, green: {} },
  versions: { blue: "1" },
  workloads: { blue: [container("b1")], green: [container("g1")] },
};
const object = { object: "Service shop", annotations: { team: "a" }, spec: { type: "NodePort" } };
const onService: Reached = { ...before, router: service, routerObjects: [object] };

describe("what a run changed of that by which users reach blue", () => {
  test.each<[string, Reached | null, Reached, string[]]>([
    ["is nothing at first", null, before, []],
    ["is nothing when green was", before, { ...before, workloads: { ...before.workloads, green: [] } }, []],
    [
      "is a router's container, and what was said of it",
      before,
      { ...before, router: { ...caddy, container: "c2", image: "caddy:2", live: { ...live, port: 81 } } },
      ["the router's container was replaced (image caddy:1 -> caddy:2, live.port 80 -> 81)"],
    ],
    [
      "is one more router",
      before,
      { ...before, followers: [{ router: caddy, service: "chat" }] },
      ["the router of chat was added"],
    ],
    [
      "is where an object was changed, and not what it says, which may be secret",
      onService,
      { ...onService, routerObjects: [{ ...object, annotations: { team: "hunter2" }, spec: { type: "ClusterIP" } }] },
      ["Service shop was changed (annotations.team, spec.type)"],
    ],
    [
      "is what it runs",
      before,
      { ...before, workloads: { ...before.workloads, blue: [container("b2")] } },
      ["what blue runs was replaced (web is now shop-blue-web-1-b2)"],
    ],
    [
      "is a service that it runs no more",
      before,
      { ...before, workloads: { ...before.workloads, blue: [] } },
      ["what blue runs was replaced (web was removed)"],
    ],
  ])("%s", (_name, olds, news, changes) => {
    expect(changesOf(olds, news, "blue")).toEqual(changes);
  });
});
