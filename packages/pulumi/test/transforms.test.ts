import { describe, expect, test } from "vitest";
import { transformedSpec } from "../src/app/transformed-spec.ts";
import { refusedOfContainers, reservedOfContainers } from "../src/docker/declare/container-spec.ts";
import { refusedOfPods } from "../src/kubernetes/declare/deployment-spec.ts";
import { declareApp, type Graph } from "./declare-app-process.ts";

const slow = 120_000;
const releases = { blue: { version: "1", images: { web: "shop:1" } } };
const web = { port: 8080, ready: "/ready", env: { MODE: "live" }, volumes: { "/data": {}, "/log": {} } };
const onDocker = { releases, services: { web } };
const onKubernetes = {
  releases,
  services: { web: { port: 8080, ready: "/ready", env: { MODE: "live" } } },
  platform: { kind: "kubernetes" },
  router: { kind: "service", expose: "web" },
};

const inputsOf = (graph: Graph, name: string) => graph.registered.find((one) => one.name === name)?.inputs;
describe("a transform has the last word on a container", () => {
  test(
    "what it adds is used, beside what the library needs",
    async () => {
      const adds = {
        volumes: [
          { hostPath: "/srv/data", containerPath: "/data" },
          { hostPath: "/etc/ssl", containerPath: "/etc/ssl", readOnly: true },
        ],
        labels: [{ label: "team", value: "payments" }],
        restart: "on-failure",
        envs: ["MODE=test", "FEATURE=a=b"],
        destroyGraceSeconds: 60,
        networksAdvanced: [{ name: "metrics" }],
        hostname: "web",
      };
      const container = inputsOf(await declareApp({ ...onDocker, adds }), "shop-blue-web-1");
      expect(container).toMatchObject({ restart: "on-failure", destroyGraceSeconds: 60, hostname: "web" });
      expect(container.labels).toEqual(
        expect.arrayContaining([
          { label: "team", value: "payments" },
          { label: "bluegreen.color", value: "blue" },
        ]),
      );
      expect(container.networksAdvanced).toEqual([
        { name: "shop-blue-x1", aliases: ["web", "web.blue"] },
        { name: "metrics" },
      ]);
      expect(container.volumes).toEqual([
        { volumeName: "shop-blue-web.log-x1", containerPath: "/log", readOnly: false },
        ...adds.volumes,
      ]);
      expect(container.envs.value).toEqual(["BLUEGREEN_COLOR=blue", "BLUEGREEN_RELEASE=1", "FEATURE=a=b", "MODE=test"]);
    },
    slow,
  );
});

describe("a transform has the last word on pods", () => {
  test(
    "what it adds is used, beside what the library needs",
    async () => {
      const valueFrom = { fieldRef: { fieldPath: "spec.nodeName" } };
      const adds = {
        env: [{ name: "NODE", valueFrom }],
        envFrom: [{ secretRef: { name: "shared" } }],
        ports: [{ name: "metrics", containerPort: 9090 }],
        pod: {
          containers: [{ name: "agent", image: "agent:1" }],
          hostAliases: [{ ip: "10.0.0.9", hostnames: ["ldap"] }],
        },
      };
      const graph = await declareApp({ ...onKubernetes, adds });
      const { containers, hostAliases } = inputsOf(graph, "shop-blue-web").spec.template.spec;
      expect(containers).toHaveLength(2);
      const [own, agent] = containers;
      expect(agent).toEqual({ name: "agent", image: "agent:1" });
      expect(own).toMatchObject({ name: "web", ports: [{ containerPort: 8080 }, adds.ports[0]] });
      expect(own.env).toEqual([
        { name: "BLUEGREEN_COLOR", value: "blue" },
        { name: "BLUEGREEN_RELEASE", value: "1" },
        { name: "NODE", valueFrom },
      ]);
      expect(own.envFrom).toHaveLength(2);
      expect(own.envFrom[1]).toEqual(adds.envFrom[0]);
      expect(hostAliases.map(({ hostnames }: { hostnames: string[] }) => hostnames)).toEqual([
        ["web", "web.blue"],
        ["ldap"],
      ]);
    },
    slow,
  );
});

describe("what the library could not work without", () => {
  const place = { color: "blue", service: "web" } as const;

  test("is refused by its name, all of it at once", () => {
    const transform = (spec: Record<string, unknown>) => ({ ...spec, name: "web", networkMode: "host", rm: true });
    const rules = { at: "transform.container", transform, reserved: reservedOfContainers, refuse: {} };
    const refused = () => transformedSpec("shop", { image: "x" }, place, rules);
    expect(refused).toThrow("3 problems");
    for (const name of ["name", "networkMode", "rm"]) expect(refused).toThrow(`blue web: "${name}" can't be set`);
    const untouched = transformedSpec("shop", { image: "x" }, place, { ...rules, transform: undefined });
    expect(untouched).toEqual({ image: "x" });
  });

  test("is refused entry by entry where the rest may be", () => {
    expect(refusedOfContainers.envs(["A=1", "BLUEGREEN_COLOR=green"])).toEqual([
      "the variable BLUEGREEN_COLOR is the library's",
    ]);
    const labels = [{ label: "team" }, { label: "bluegreen.app" }];
    expect(refusedOfContainers.labels(labels)).toEqual(["the label bluegreen.app is the library's"]);
    const { env, ports, pod } = refusedOfPods("web", 8080);
    expect(env([{ name: "NODE" }, { name: "BLUEGREEN_RELEASE" }])).toHaveLength(1);
    expect(ports([{ containerPort: 8080 }, { name: "metrics", containerPort: 9090 }])).toEqual([]);
    expect(ports([{ name: "http", containerPort: 8080 }])).toEqual([
      'port 8080 is named "bluegreen", by which traffic finds it, and can\'t be "http"',
    ]);
    expect(pod({ containers: [{ name: "agent" }] })).toEqual([]);
    expect(pod({ containers: [{ name: "web" }] })).toEqual(["the container web is the service's own"]);
  });
});

describe("what would be empty on Kubernetes", () => {
  test(
    "is not declared",
    async () => {
      const bare = { port: 8080, ready: "/ready" };
      const [plainly, graph, secretly] = await Promise.all([
        declareApp(onKubernetes),
        declareApp({ ...onKubernetes, services: { web: bare } }),
        declareApp({ ...onKubernetes, services: { web: { ...bare, secrets: { TOKEN: "x" } } } }),
      ]);
      const [plain, secret] = [plainly, secretly].map((one) => one.registered.map(({ name }) => name));
      const { metadata } = inputsOf(plainly, "shop-router");
      // Nor does it tell the component's present name, which may be another one later.
      expect(metadata.labels).toMatchObject({ "app.kubernetes.io/part-of": "shop", "app.kubernetes.io/name": "shop" });
      expect(plain).toContain("shop-blue-web-config");
      expect(plain).not.toContain("shop-blue-web-secret");
      expect(graph.registered.filter(({ type }) => /:(ConfigMap|Secret)$/.test(type))).toEqual([]);
      expect(inputsOf(graph, "shop-blue-web").spec.template.spec.containers[0]).not.toHaveProperty("envFrom");
      expect(secret).toContain("shop-blue-web-secret");
      expect(secret).not.toContain("shop-blue-web-config");
    },
    slow,
  );
});
