import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** Unit tests run sources; only the component is loaded as it is built. */
const sources = {
  alias: [
    { find: /^@bluegreen\/core$/, replacement: source("packages/core/src/index.ts") },
    { find: /^@bluegreen\/core\/settings$/, replacement: source("packages/core/src/settings/settings.ts") },
  ],
};

type Platform = "docker" | "kubernetes";

/**
 * For the Node processes of each run of the engine, which live for seconds: fewer collections of garbage, and no threads
 * for them. Loading `@pulumi/pulumi` takes 1.2 s of a processor so, 1.5 s without (medians of 3, on a slow machine).
 */
const nodeOptions = "--max-semi-space-size=64 --v8-pool-size=0";

/**
 * Engines and plugins live for seconds, too: with Go's own setting, 100, collecting their garbage is half of what an
 * end-to-end test computes (`release-shape.test.ts` on Docker: 16.8 s of user time, 9.0 s with 800, 8.5 s without any).
 */
const goGarbage = "800";

const endToEnd = (name: string, platform: Platform, order: number) => ({
  name,
  env: { BLUEGREEN_PLATFORM: platform, NODE_OPTIONS: nodeOptions, GOGC: goGarbage },
  // For what hangs: a machine may be four times as slow as another one.
  testTimeout: 900_000,
  hookTimeout: 900_000,
  // One group after the other: what one measures is not what another one leaves of the processors.
  sequence: { groupOrder: order },
});

/** Hundreds of requests a second: it has the machine to itself. */
const loadTests = ["test/cutovers.test.ts"];

/** Every end-to-end test, run against one platform; those about the other one's own things stay out. */
function platform(name: Platform, other: Platform, order: number, more: readonly string[] = []) {
  const exclude = [`test/${other}/**`, ...loadTests];
  return {
    resolve: sources,
    test: { ...endToEnd(name, name, order), include: ["test/**/*.test.ts", ...more], exclude },
  };
}

function underLoad(name: Platform, order: number) {
  return { resolve: sources, test: { ...endToEnd(`${name}-load`, name, order), include: loadTests } };
}

export default defineConfig({
  test: {
    // Each end-to-end test waits more than it computes; five at a time keep two processors busy.
    maxWorkers: 5,
    projects: [
      {
        resolve: sources,
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts", "packages/*/test/**/*.test.ts"],
          exclude: ["**/*.{cluster,docker}.test.ts"],
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      // Parts of the library and the bed that need a Docker Engine or a cluster, too.
      platform("docker", "kubernetes", 1, ["packages/*/test/**/*.docker.test.ts"]),
      underLoad("docker", 2),
      platform("kubernetes", "docker", 3, ["packages/*/test/**/*.cluster.test.ts"]),
      underLoad("kubernetes", 4),
    ],
  },
});
