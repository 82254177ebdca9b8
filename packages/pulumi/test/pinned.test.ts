import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { declareApp, type Graph, type Registered } from "./declare-app-process.ts";

/**
 * What lies in users' state and on their platforms: types and names of resources, their inputs with all labels, their
 * parents and options, and the text of dynamic providers. A change of it previews as a change in every stack there is, so
 * it is made on purpose (`vitest -u`), and told in CHANGELOG.
 */
const releases = {
  blue: { version: "1", images: { web: "shop:1" } },
  green: { version: "2", images: { web: "shop:2" } },
};

const programs = {
  docker: {
    services: {
      web: {
        port: 8080,
        ready: "/ready",
        replicas: 2,
        env: { MODE: "live" },
        volumes: { "/data": {} },
        resources: { memory: "64MB", cpus: 0.5 },
      },
    },
  },
  kubernetes: {
    platform: { kind: "kubernetes", namespace: "shop" },
    router: { kind: "service", expose: "web" },
    services: {
      web: { port: 8080, ready: "/ready", replicas: 2, env: { MODE: "live" }, resources: { memory: "64MB" } },
    },
  },
  workers: { router: { kind: "none", exclusive: ["web"] }, services: { web: {} }, gates: [] },
};

function shown({ inputs, ...rest }: Registered) {
  const { __provider: text, run, ...others } = inputs as Record<string, unknown>;
  const provider = typeof text === "string" ? { __provider: createHash("sha256").update(text).digest("hex") } : {};
  return {
    ...rest,
    inputs: { ...others, ...provider, ...(run === undefined ? {} : { run: "another one each time" }) },
  };
}

it.each(Object.entries(programs))(
  "what lies in state and on the platform stays as it is: %s",
  async (name, program) => {
    const { registered }: Graph = await declareApp({ releases, ...program });
    const sorted = registered.map(shown).toSorted((a, b) => `${a.type} ${a.name}`.localeCompare(`${b.type} ${b.name}`));
    expect(sorted.length).toBeGreaterThan(8);
    await expect(`${JSON.stringify(sorted, null, 2)}\n`).toMatchFileSnapshot(`pinned/${name}.txt`);
  },
);
