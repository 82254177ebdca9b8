import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Each end-to-end test waits more than it computes; three at a time keep two processors busy.
    maxWorkers: 3,
    projects: [
      {
        // Unit tests run sources; only the component is loaded as it is built.
        resolve: {
          alias: { "@bluegreen/core": fileURLToPath(new URL("packages/core/src/index.ts", import.meta.url)) },
        },
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts", "packages/*/test/**/*.test.ts"],
          // These need a cluster: BLUEGREEN_KUBECONFIG and BLUEGREEN_CONTAINERD.
          exclude: ["**/*.cluster.test.ts"],
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
