import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Definition, describeDifference, differences, driftBetween } from "../src/interlock/differences.ts";

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const definition = (
  service: Record<string, unknown> = {},
  secrets: object = {},
  env: object = {},
  [port, path, metrics]: [number, string, number] = [8080, "/ready", 9090],
): Definition => ({
  shape: {
    services: {
      web: {
        port,
        ready: { path, port },
        routed: { "tcp-81": { port: metrics, protocol: "TCP" } },
        volumes: [],
        properties: Object.fromEntries(Object.keys(service).map((key) => [key, "plain"])),
        variables: { plain: false, secret: false },
      },
    },
  },
  leaf: { web: { spec: { image: "sha256:1", ...service }, env } },
  secrets: { web: { spec: {}, env: secrets } },
});

const drift = (first: Definition, second: Definition, versions = ["1", "2"]) =>
  driftBetween(
    { version: versions[0] ?? "", definition: first },
    { version: versions[1] ?? "", definition: second },
  ).map((one) => describeDifference(one, "blue", "green"));

describe("drift between colors", () => {
  test("is none where only version and image differ", () => {
    expect(drift(definition(), definition({ image: "sha256:2" }))).toEqual([]);
  });

  test("is another image under the same version", () => {
    expect(drift(definition(), definition({ image: "sha256:2" }), ["1", "1"])).toEqual(["services.web.image"]);
  });

  test("names settings of all kinds, those of one color only as such, and no value", () => {
    const blue = definition({ user: "1000" }, { TOKEN: "hunter2", OLD: "x" }, { LOG: "debug" });
    const green = definition({ memory: 512 }, { TOKEN: "hunter3", NEW: "y" }, { LOG: "info" });
    expect(drift(blue, green)).toEqual([
      "services.web.env.LOG",
      "services.web.memory (green only)",
      "services.web.secrets.NEW (green only)",
      "services.web.secrets.OLD (blue only)",
      "services.web.secrets.TOKEN",
      "services.web.user (blue only)",
    ]);
  });

  test("names what has become a secret once", () => {
    const hidden = { ...definition(), secrets: { web: { spec: { command: ["secret-1"] }, env: {} } } };
    expect(drift(definition({ command: ["secret-1"] }), hidden)).toEqual(["services.web.command"]);
  });

  test("is also by what a release is reached", () => {
    const moved = (...reach: [number, string, number]) => drift(definition(), definition({}, {}, {}, reach));
    expect(moved(8090, "/ready", 9090)).toEqual(["services.web.port", "services.web.ready"]);
    expect(moved(8080, "/up", 9090)).toEqual(["services.web.ready"]);
    expect(moved(8080, "/ready", 9091)).toEqual(["router.ports"]);
  });

  test("names a service that one color has once", () => {
    const green = definition();
    const variables = { plain: false, secret: false };
    const db = { port: null, ready: null, volumes: [], properties: {}, variables };
    const more = {
      shape: { services: { ...(green.shape as { services: object }).services, db } },
      leaf: { ...(green.leaf as object), db: { spec: { image: "x" }, env: {} } },
      secrets: { ...(green.secrets as object), db: { spec: {}, env: {} } },
    };
    expect(drift(definition(), more)).toEqual(["services.db (green only)"]);
  });

  test("says nothing of what is known later only", () => {
    const later = definition({ user: unknown }, { TOKEN: unknown }, { LOG: unknown });
    expect(drift(definition({ user: "1" }, { TOKEN: "a" }, { LOG: "b" }), later)).toEqual([]);
    expect(drift(definition(), { ...definition(), leaf: unknown, secrets: unknown })).toEqual([]);
  });
});

const values = fc.dictionary(fc.constantFrom("A", "B", "C"), fc.constantFrom("secret-1", "secret-2"));
const anyDefinition = fc.tuple(values, values, values).map(([spec, secrets, env]) => definition(spec, secrets, env));

test("whatever differs is named from either side, and nothing else", async () => {
  await fc.assert(
    fc.property(anyDefinition, anyDefinition, (first, second) => {
      const there = differences(first, second);
      const back = differences(second, first);
      expect(JSON.stringify(there)).not.toContain("secret-");
      expect(there.map(({ setting }) => setting)).toEqual(back.map(({ setting }) => setting));
      for (const [index, { only }] of there.entries()) {
        const mirrored = only === null ? null : only === "first" ? "second" : "first";
        expect(back[index]?.only).toBe(mirrored);
      }
      const same = JSON.stringify([first.leaf, first.secrets]) === JSON.stringify([second.leaf, second.secrets]);
      if (same) expect(there).toEqual([]);
      if (there.length === 0) expect([first.leaf, first.secrets]).toEqual([second.leaf, second.secrets]);
    }),
    { numRuns: 2_000 },
  );
});
