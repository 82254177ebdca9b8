import { type Color, colors, coming, type Recorded, type Running } from "@bluegreen/core";
import { describe, expect, test } from "vitest";
import type { Tenancy } from "../src/contracts/capacity.ts";
import { takesOf as dockerTakes } from "../src/docker/capacity.ts";
import { type Growth, plansOf } from "../src/interlock/capacity.ts";
import type { Definition } from "../src/interlock/differences.ts";
import { nodePool, quotaPool, requestsOf, takesOf } from "../src/kubernetes/capacity.ts";
import type { Container, Node, Pod, ResourceQuota } from "../src/kubernetes/objects.ts";
import { quantity } from "../src/kubernetes/quantity.ts";

const Mi = 1_048_576;

test.each([
  ["250m", 0.25],
  ["2", 2],
  ["1.5", 1.5],
  ["128Mi", 128 * Mi],
  ["1Gi", 1_024 * Mi],
  ["1G", 1e9],
  ["1k", 1_000],
  ["1e3", 1_000],
  ["12E", 12e18],
  ["100n", 1e-7],
])("the quantity %s is %d", (text, amount) => {
  expect(quantity(text)).toBeCloseTo(amount, 12);
});

const container = (requests: object, limits: object = {}, more: object = {}) =>
  ({ name: "c", resources: { requests, limits }, ...more }) as Container;

test.each(["plenty", "", "1 Gi", "1KiB"])("%j is no quantity", (text) => {
  expect(quantity(text)).toBeNull();
});

describe("what a pod takes", () => {
  test("is what its containers request together, and their limits", () => {
    const containers = [
      container({ cpu: "100m", memory: "64Mi" }, { memory: "128Mi" }),
      container({}, { cpu: "1", memory: "1Gi" }),
    ];
    expect(requestsOf({ containers })).toEqual({
      memory: 1_088 * Mi,
      cpus: 1_100,
      memoryLimit: 1_152 * Mi,
      cpuLimit: 1_000,
      pods: 1,
    });
  });

  test("is what an init container needs that needs more, and what runs beside the others", () => {
    const initContainers = [
      container({ memory: "1Gi" }),
      container({ memory: "32Mi", cpu: "50m" }, {}, { restartPolicy: "Always" }),
    ];
    const pod = {
      containers: [container({ memory: "64Mi", cpu: "50m" })],
      overhead: { memory: "1Mi" },
      initContainers,
    };
    expect(requestsOf(pod)).toMatchObject({ memory: 1_025 * Mi, cpus: 100 });
  });

  test("is read from what the release recorded, whatever of it is not known yet", () => {
    const recorded = { ...container({ memory: "64Mi" }), pod: { initContainers: [container({ memory: "1Gi" })] } };
    expect(takesOf(recorded)).toMatchObject({ memory: 1_024 * Mi, pods: 1 });
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    expect(takesOf({ resources: unknown, pod: unknown } as never)).toMatchObject({ memory: 0, cpus: 0, pods: 1 });
  });
});

const node = (name: string, spec: object = {}, ready = "True") =>
  ({
    metadata: { name },
    spec,
    status: {
      allocatable: { cpu: "2", memory: "4Gi", pods: "110" },
      conditions: [{ type: "Ready", status: ready }],
    },
  }) as unknown as Node;
const pod = (nodeName: string | undefined, change: object = {}) =>
  ({
    metadata: {},
    spec: { nodeName, containers: [container({ cpu: "500m", memory: "1Gi" })] },
    status: { phase: "Running" },
    ...change,
  }) as unknown as Pod;

describe("room on nodes", () => {
  test("is what is allocatable less the requests of what is there", () => {
    const pods = [pod("a"), pod("a"), pod("b"), pod(undefined)];
    expect(nodePool([node("a"), node("b")], pods, [])).toEqual({
      name: "on 2 nodes that take pods",
      rooms: [
        { name: "node a", free: { memory: 2_048 * Mi, cpus: 1_000, pods: 108 } },
        { name: "node b", free: { memory: 3_072 * Mi, cpus: 1_500, pods: 109 } },
      ],
    });
  });

  test("is not taken by pods that have ended or are on their way out", () => {
    const leaving = pod("a", { metadata: { deletionTimestamp: "now" } });
    const ended = pod("a", { status: { phase: "Succeeded" } });
    expect(nodePool([node("a")], [leaving, ended], [])).toMatchObject({
      name: "on node a",
      rooms: [{ free: { pods: 110 } }],
    });
  });

  test("is none where a node takes no pods", () => {
    const tainted = { taints: [{ key: "gpu", effect: "NoSchedule" }] };
    const nodes = [node("a", { unschedulable: true }), node("b", tainted), node("c", {}, "Unknown")];
    expect(nodePool(nodes, [], [[]]).rooms).toEqual([]);
    expect(nodePool([node("d", { taints: [{ key: "x", effect: "PreferNoSchedule" }] })], [], []).rooms).toHaveLength(1);
  });

  const gpu = { key: "gpu", value: "a100", effect: "NoSchedule" };
  test.each([
    [true, [{ key: "gpu", operator: "Exists" }]],
    [true, [{ key: "gpu", value: "a100", effect: "NoSchedule" }]],
    [true, [{ operator: "Exists" }]],
    [
      true,
      [
        { key: "other", operator: "Exists" },
        { key: "gpu", operator: "Equal", value: "a100" },
      ],
    ],
    [true, null],
    [false, []],
    [false, [{ key: "gpu", operator: "Exists", effect: "NoExecute" }]],
    [false, [{ key: "gpu", value: "h100" }]],
    [false, [{ key: "gpu" }]],
  ])("of a tainted one is there (%s) for pods that bear %j", (there, tolerations) => {
    const rooms = nodePool([node("a", { taints: [gpu] })], [], [[], tolerations]).rooms;
    expect(rooms).toHaveLength(there ? 1 : 0);
  });

  test("is not there for pods of which each bears another one of its taints", () => {
    const both = node("a", { taints: [gpu, { key: "night", effect: "NoExecute" }] });
    const sets = [[{ key: "gpu", operator: "Exists" }], [{ key: "night", operator: "Exists" }]];
    expect(nodePool([both], [], sets).rooms).toHaveLength(0);
    expect(nodePool([both], [], [sets.flat()]).rooms).toHaveLength(1);
  });
});

test("room in a quota is what it has left of what it bounds", () => {
  const quota = (spec: object, status: object) =>
    ({ metadata: { name: "q" }, spec, status }) as unknown as ResourceQuota;
  const hard = { "requests.memory": "1Gi", "limits.cpu": "2", pods: "4", "count/secrets": "9" };
  const used = { "requests.memory": "512Mi", "limits.cpu": "500m", pods: "1" };
  expect(quotaPool(quota({}, { hard, used }))).toEqual([
    {
      name: "in ResourceQuota q",
      rooms: [{ name: "in ResourceQuota q", free: { memory: 512 * Mi, cpuLimit: 1_500, pods: 3 } }],
    },
  ]);
  expect(quotaPool(quota({ scopes: ["BestEffort"] }, { hard, used }))).toEqual([]);
});

test("what a container takes on Docker is its limits, or what its like uses", () => {
  expect(dockerTakes({ memory: 512, cpus: "0.5" }, 7)).toEqual({ memory: 512 * Mi, cpus: 500 });
  expect(dockerTakes({}, 7)).toEqual({ memory: 7, cpus: 0 });
  expect(dockerTakes(undefined, 0)).toEqual({ memory: 0, cpus: 0 });
});

const release = (version: string): Recorded<Definition> => {
  const variables = { plain: false, secret: false };
  const shape = { port: null, ready: null, volumes: [], properties: {}, variables };
  const services = { bot: shape, web: shape };
  return { version, sealed: true, definition: { shape: { services }, leaf: {}, secrets: {} } };
};
const growth = (candidate: Color | null, green: string, exclusive?: string[]): Growth => {
  const memory = { attempt: 1, candidate: "blue", live: "blue" } as const;
  const replicas = { bot: 1, web: 1 };
  return {
    name: "shop",
    app: "shop",
    platform: { kind: "docker", host: "" },
    before: { memory: { ...memory, releases: { blue: release("1"), green: release("2") } }, replicas },
    after: { memory: { ...memory, releases: { blue: release("1"), green: release(green) } }, replicas },
    sizes: {},
    candidate,
    allowOvercommit: false,
    exclusive,
  };
};

describe("what is about to run", () => {
  const services = ["bot", "web"];
  const both = colors.flatMap((color) => services.map((service) => ({ color, service })));
  const comingOf = (of: Growth, running: readonly Running[]) => {
    const plans = plansOf(of, { running, scales: true, replacesLiveBeside: true });
    return plans.map((plan) => coming(plan, running));
  };

  test("is nothing more in a switch between colors that both run", () => {
    expect(comingOf(growth("green", "2"), both)).toEqual([0, 0, 0, 0]);
  });

  test("is all of a candidate that is another release, was retired, or is smaller than the live color", () => {
    expect(comingOf(growth("green", "3"), both)).toEqual([0, 0, 1, 1]);
    expect(comingOf(growth("green", "2"), both.slice(0, 2))).toEqual([0, 0, 1, 1]);
    expect(comingOf(growth("green", "2"), [...both, { color: "blue", service: "web" }])).toEqual([0, 0, 0, 1]);
  });
});

describe("what is about to run where there is no live address", () => {
  const running = ["bot", "bot", "web", "web"].map((service) => ({ color: "blue" as const, service }));
  const tenancy: Omit<Tenancy, "measure"> = { running, scales: true, replacesLiveBeside: true };

  test("is a candidate whose exclusive services come after those of the live color, in their own number", () => {
    const plans = plansOf(growth("green", "3", ["bot"]), tenancy).filter(({ color }) => color === "green");
    expect(plans).toMatchObject([
      { service: "bot", replicas: 1, relieves: ["bot"] },
      { service: "web", replicas: 2 },
    ]);
    expect(plans[1]).not.toHaveProperty("relieves");
  });

  test("is nothing of an idle color, even with another release", () => {
    expect(plansOf(growth(null, "3", ["bot"]), tenancy).map(({ color }) => color)).toEqual(["blue", "blue"]);
  });
});
