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

/** Every end-to-end test, run against one platform; those about the other one's own things stay out. */
function platform(name: "docker" | "kubernetes", other: "docker" | "kubernetes", more: readonly string[] = []) {
  return {
    resolve: sources,
    test: {
      name,
      include: ["test/**/*.test.ts", ...more],
      exclude: [`test/${other}/**`],
      env: { BLUEGREEN_PLATFORM: name },
      testTimeout: 300_000,
      hookTimeout: 300_000,
    },
  };
}

export default defineConfig({
  test: {
    // Each end-to-end test waits more than it computes; three at a time keep two processors busy.
    maxWorkers: 3,
    projects: [
      {
        resolve: sources,
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts", "packages/*/test/**/*.test.ts"],
          exclude: ["**/*.{cluster,docker}.test.ts"],
          testTimeout: 60_000,
        },
      },
      // Parts of the library and the bed that need a Docker Engine or a cluster, too.
      platform("docker", "kubernetes", ["packages/*/test/**/*.docker.test.ts"]),
      platform("kubernetes", "docker", ["packages/*/test/**/*.cluster.test.ts"]),
    ],
  },
});
