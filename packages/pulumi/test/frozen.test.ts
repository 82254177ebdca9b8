import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { volumeSuffix } from "../src/docker/declare/environment.ts";
import { everything } from "../src/docker/declare/inert.ts";
import { frozenBy, frozenIn } from "../src/interlock/frozen.ts";
import { diff } from "../src/interlock/provider.ts";
import type { InterlockState } from "../src/interlock/state.ts";
import { declareApp, type Registered } from "./declare-app-process.ts";

const open = { blue: false, green: false };
const both = { blue: true, green: true };

describe("what is frozen", () => {
  const switching = { run: "first", frozen: frozenBy({ blue: true, green: false }, "green", open) };

  test("is what was said in the run that changed the interlock", () => {
    expect(frozenIn("first", switching)).toEqual({ blue: true, green: false });
  });

  test("is in later runs the color that was wished, too: it has become live", () => {
    expect(frozenIn("second", switching)).toEqual(both);
  });

  test("is no color that this run makes anew, which is frozen again in the next", () => {
    const frozen = frozenBy(both, "green", { blue: true, green: false });
    expect(frozen).toEqual({ now: { blue: false, green: true }, later: both });
  });

  test("shows nothing as long as that is right, and is said anew where it is not", () => {
    const told = { shape: both, replicas: {}, live: "blue", wished: "green", bystander: null, takenOver: null };
    const olds = { ...told, activeColor: "green", attempt: 2, ...switching } as unknown as InterlockState;
    const news = (now: typeof open) => ({ ...olds, run: "second", frozen: frozenBy(now, "green", open) });
    expect(diff(olds, news(both))).toEqual({ changes: false });
    // Its cutover failed, and what is wished by now is another release.
    expect(diff(olds, news({ blue: true, green: false }))).toEqual({});
    // A state of an earlier version lacks what all children are declared by, and a preview would not know it.
    const { bystander: _none, ...earlier } = olds;
    expect(diff(earlier as typeof olds, news(both))).toEqual({});
    expect(diff(olds, { ...news(both), attempt: 3 })).toEqual({});
  });
});

describe("a frozen color on Docker", () => {
  const containersOf = (registered: readonly Registered[], color: string) =>
    registered.filter(({ name }) => new RegExp(`^shop-${color}-\\w+-\\d+$`).test(name));

  test("has containers in which no change of anything counts, and the other color has not", async () => {
    const { registered } = await declareApp({}, { frozen: { blue: true, green: false } });
    const [blue, green] = ["blue", "green"].map((color) => containersOf(registered, color)) as [
      Registered[],
      Registered[],
    ];
    expect([blue.length, green.length]).toEqual([3, 2]);
    for (const { name, ignoreChanges } of blue) expect(ignoreChanges, name).toEqual(everything.container);
    for (const { name, ignoreChanges } of green) expect(ignoreChanges, name).toEqual([]);
  }, 180_000);

  test("stands on networks and volumes that never change", async () => {
    const { registered } = await declareApp();
    const shared = registered.filter(({ type }) => /:(Network|Volume)$/.test(type));
    expect(shared).toHaveLength(6);
    for (const { name, type, ignoreChanges } of shared) {
      expect(ignoreChanges, name).toEqual(type.endsWith("Network") ? everything.network : everything.volume);
    }
  }, 180_000);

  test.each(["container", "network", "volume"] as const)("ignores all that the SDK knows of a %s", async (type) => {
    const source = await readFile(fileURLToPath(import.meta.resolve(`@pulumi/docker/${type}.js`)), "utf8");
    const known = [...source.matchAll(/resourceInputs\["(\w+)"\] = args(?:\?\.|\.|\s)/g)].map(([, name]) => name);
    expect(known.length).toBeGreaterThan(4);
    expect([...everything[type]].sort()).toEqual(["*", ...known].sort());
  });
});

describe("a frozen color on Kubernetes", () => {
  const services = { web: { port: 8080, ready: "/ready", replicas: 2 }, api: {} };
  const declared = async (router: object) => {
    const change = { services, platform: { kind: "kubernetes" }, router, gates: [] };
    const { registered } = await declareApp(change, { frozen: { blue: true, green: false } });
    return (name: string) => registered.find((one) => one.name === name) as Registered;
  };

  test.each([
    ["behind a router", { kind: "service", expose: "web" }],
    ["to which nothing leads", { kind: "none" }],
  ])(
    "%s has Deployments in which no change of anything counts, and the other color has not",
    async (_, router) => {
      const of = await declared(router);
      for (const name of ["shop-blue-web", "shop-blue-api"]) expect(of(name).ignoreChanges, name).toContain("*");
      expect(of("shop-green-web").ignoreChanges).toEqual(["spec.replicas"]);
    },
    60_000,
  );

  test("to which nothing leads has its size beside the record, where it may change", async () => {
    const of = await declared({ kind: "none" });
    expect(of("shop-router").inputs.metadata.annotations).toEqual({ "bluegreen/replicas": '{"api":1,"web":2}' });
    expect(of("shop-router").ignoreChanges).toEqual([]);
    expect(of("shop-blue-web").inputs.metadata).not.toHaveProperty("annotations");
  }, 60_000);
});

test("no two volumes have one name", () => {
  const names = [
    ["db", "/data/backup"],
    ["db-data", "/backup"],
    ["db", "/data.a"],
    ["db", "/data/a"],
    ["db", "/data-a"],
    ["db", "/data_a"],
    ["db", "/data_2e_a"],
    ["db", "/data a"],
    ["db", "/data/"],
    ["db", "/data"],
    ["db", "/däta"],
  ].map(([service, path]) => `${service}.${volumeSuffix(String(path))}`);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/);
  expect(volumeSuffix("/var/lib/data")).toBe("var.lib.data");
});
