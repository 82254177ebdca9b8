import { createRequire } from "node:module";
import type * as Pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, test } from "vitest";
import type * as Library from "../src/index.ts";
import type { BlueGreenAppArgs } from "../src/index.ts";

// The built package, as Node loads it: Vite rewrites `import()`, which Pulumi could then not serialize.
const load = createRequire(import.meta.url);
const pulumi = load("@pulumi/pulumi") as typeof Pulumi;
const { BlueGreenApp, caddy, docker } = load("@bluegreen/pulumi") as typeof Library;

/** Shapes of the resource graph only; what the resources do is proven end to end. */
const registered = new Map<string, Pulumi.runtime.MockResourceArgs>();

/** What the interlock's `check` would have added. */
const remembered = { app: "shop-a1b2c3", attempt: 1, candidate: "blue", wanted: true, pending: [] };

beforeEach(async () => {
  registered.clear();
  await pulumi.runtime.setMocks(
    {
      newResource(args) {
        registered.set(args.name, args);
        const added = args.name.endsWith("-interlock") ? remembered : {};
        return { id: `${args.name}-id`, state: { name: args.name, ...args.inputs, ...added } };
      },
      call: (args) => args.inputs,
    },
    "project",
    "stack",
    false,
  );
});

const args: BlueGreenAppArgs = {
  activeColor: "blue",
  releases: {
    blue: { version: "1.0.0", images: { web: "shop:1.0.0" } },
    green: { version: "1.1.0", images: { web: "shop:1.1.0" } },
  },
  services: { web: { port: 8080, ready: "/ready", replicas: 2, secrets: { TOKEN: "s3cret" } } },
  platform: docker(),
  router: caddy({ expose: "web", port: 80 }),
};

/** Declares the app and waits until the last of its resources, the cutover, is registered. */
async function declare(more: Partial<BlueGreenAppArgs> = {}): Promise<void> {
  const app = new BlueGreenApp("shop", { ...args, ...more });
  await new Promise((resolve) => app.activeColor.apply(resolve));
}

const inputsOf = (name: string) => registered.get(name)?.inputs as Record<string, any>;

describe("the component", () => {
  test("declares both colors, the router, the gates and the cutover", async () => {
    await declare();
    expect([...registered.keys()].sort()).toEqual([
      "shop",
      "shop-blue",
      "shop-blue-web-1",
      "shop-blue-web-2",
      "shop-blue-web-image",
      "shop-cutover",
      "shop-gate-http-1",
      "shop-green",
      "shop-green-web-1",
      "shop-green-web-2",
      "shop-green-web-image",
      "shop-interlock",
      "shop-leftovers",
      "shop-router",
      "shop-router-data",
    ]);
  });

  test("records no active color of its own, which would be wrong after a failed cutover", async () => {
    await declare();
    expect(inputsOf("shop")).toEqual({});
  });

  test("gives the router the same inputs whatever the releases are", async () => {
    await declare();
    const before = inputsOf("shop-router");
    registered.clear();
    await declare({ activeColor: "green", releases: { green: { version: "9", images: { web: "shop:9" } } } });
    expect(inputsOf("shop-router")).toEqual(before);
  });

  test("stores little and the same provider text, whatever the settings are", async () => {
    const texts = async (more: Partial<BlueGreenAppArgs>) => {
      registered.clear();
      await declare(more);
      return ["shop-interlock", "shop-leftovers", "shop-cutover"].map((name) => inputsOf(name).__provider as unknown);
    };
    const one = await texts({});
    expect(await texts({ activeColor: "green", gates: [{ kind: "command", run: "true" }] })).toEqual(one);
    for (const text of one) expect(JSON.stringify(text).length).toBeLessThanOrEqual(2_048);
  });

  test("refuses wrong settings before anything is declared, with all faults", () => {
    const wrong = { ...args, activeColor: "gren", services: {} };
    expect(() => new BlueGreenApp("shop", wrong)).toThrow(/2 problems|3 problems/);
    expect([...registered.keys()].filter((name) => name !== "shop")).toEqual([]);
  });
});
