import { isSecret, output, RunError, runtime, secret as secretOutput } from "@pulumi/pulumi";
import * as fc from "fast-check";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Malformed, malformed, secret, valid } from "../../core/test/malformed.ts";
import { BlueGreenApp } from "../src/blue-green-app.ts";
import "../src/docker/index.ts";
import "../src/kubernetes/index.ts";

const registered: string[] = [];
beforeAll(() =>
  runtime.setMocks({
    newResource: ({ name, inputs }) => {
      registered.push(name);
      return { id: name, state: inputs };
    },
    call: ({ inputs }) => inputs,
  }),
);
beforeEach(() => void registered.splice(0));

/** What the program dies of. */
function refusalOf(args: unknown, name: unknown): Error {
  try {
    new BlueGreenApp(name as string, args as ConstructorParameters<typeof BlueGreenApp>[1]);
  } catch (error) {
    return error as Error;
  }
  throw new Error("taken");
}

/** The engine's monitor is asked without being waited for. */
async function expectNothingRegistered(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  expect(registered).toEqual([]);
}

function expectWords(error: Error): void {
  // Pulumi shows a `RunError` without its stack.
  expect(error).toBeInstanceOf(RunError);
  expect(error.message).toMatch(
    /^BlueGreenApp "[^\n]*": \d+ problems?\n(✖ [^\n]+\n {4}at [^\n]+ → [^\n]+\n?)+(… and \d+ more)?$/,
  );
  expect(error.message).not.toContain(secret);
}

describe("an app with malformed settings", () => {
  test("is refused in words, and not one resource is registered, 600 times", { timeout: 300_000 }, async () => {
    const inputs: Malformed[] = [1, 2, 3].flatMap((count) =>
      fc.sample(malformed(count as 1 | 2 | 3), { numRuns: 200, seed: 20_260_131 }),
    );
    for (const { input } of inputs) expectWords(refusalOf(input, "shop"));
    await expectNothingRegistered();
  });

  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a string", "shop"],
    ["a list", []],
    ["an output", output({})],
    ["a promise", Promise.resolve({})],
    ["a function", () => ({})],
  ])("is refused when they are %s", async (_name, args) => {
    expectWords(refusalOf(args, "shop"));
    await expectNothingRegistered();
  });

  test.each<[string, unknown]>([
    ["undefined", undefined],
    ["a number", 7],
    ["an output", output("shop")],
    ["a symbol", Symbol("shop")],
    ["very long", "x".repeat(100_000)],
  ])("is refused when its name is %s", async (_name, name) => {
    const [args] = fc.sample(valid, { numRuns: 1, seed: 1 });
    const error = refusalOf(args, name);
    expectWords(error);
    expect(error.message).toMatch(/the app's name is/);
    expect(error.message.length).toBeLessThan(1_000);
    await expectNothingRegistered();
  });

  test.each(["releases", "services", "platform", "router", "gates", "verification"])(
    "is told once that %s can't be an output, and never what is in it",
    async (key) => {
      const [args] = fc.sample(valid, { numRuns: 1, seed: 1 });
      const hidden = secretOutput({ inside: secret });
      expect(await isSecret(hidden)).toBe(true);
      const { message } = refusalOf({ ...args, [key]: hidden }, "shop");
      expect(message).toContain(`✖ ${key} is known only later; it must be`);
      expect(message).toContain(": 1 problem\n");
      expect(message).not.toContain(secret);
      await expectNothingRegistered();
    },
  );

  test.each(["no such file", "", "test", "a\0b", "x".repeat(9_000), "a\nb\u001b[31m"])(
    "is refused when the file of variables can't be read: %j",
    async (file) => {
      const web = { port: 80, ready: "/", envFiles: [file] };
      const router = { kind: "caddy", expose: "web", port: 80 };
      const releases = { blue: { version: "1", images: { web: "shop:1" } } };
      const args = { activeColor: "blue", releases, services: { web }, platform: { kind: "docker" }, router };
      const error = refusalOf(args, "shop");
      expectWords(error);
      expect(error.message).toContain("at services.web.envFiles");
      expect(error.message.length).toBeLessThan(1_000);
      await expectNothingRegistered();
    },
  );
});
