import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../src/engine/pulumi.ts";

/** What each part may import: only what is to its left. A package's tests may stand on the testkit besides. */
const layers: Record<string, readonly string[]> = {
  core: [],
  pulumi: ["core"],
  testkit: ["core", "pulumi"],
  demo: ["core", "pulumi", "testkit"],
  faults: ["core", "pulumi", "testkit"],
  bench: ["core", "pulumi", "testkit"],
  test: ["core", "pulumi", "testkit", "faults"],
  stacks: ["pulumi"],
  // Imported by nobody: npm starts the one, Pulumi's engine the other.
  bootstrap: [],
  "offline-plugins": ["core", "pulumi", "testkit"],
};

const files = globSync(["packages/**/*.{ts,mjs}", "{test,stacks}/**/*.ts"], {
  cwd: root,
  exclude: (path) => /(^|\/)(node_modules|dist)$/.test(path),
});

const read = (file: string) => readFileSync(join(root, file), "utf8");

/** The package of a file, or the folder beside the packages that it is in. */
const partOf = (file: string) => /^(?:packages\/)?([^/]+)/.exec(file)![1]!;

/** The parts that a file imports by name or by path. */
function importsOf(file: string): string[] {
  const specifiers = [...read(file).matchAll(/\b(?:from|import)[ (]+"([^"]+)"/g)].map(
    ([, specifier = ""]) => specifier,
  );
  const paths = specifiers.map((specifier) =>
    specifier.startsWith(".") ? join(dirname(file), specifier) : specifier.replace(/^@bluegreen\//, "packages/"),
  );
  return paths.filter((path) => /^(packages|test|stacks)\//.test(path)).map(partOf);
}

test("imports point to the left only", () => {
  const wrong = files.flatMap((file) => {
    const part = partOf(file);
    const isTest = file.startsWith(`packages/${part}/test/`) && part !== "core";
    const allowed = [part, ...(layers[part] ?? []), ...(isTest ? ["testkit"] : [])];
    return importsOf(file)
      .filter((other) => !allowed.includes(other))
      .map((other) => `${file} imports ${other}`);
  });
  expect(files.length).toBeGreaterThan(500);
  expect(new Set(files.flatMap(importsOf)).size).toBeGreaterThanOrEqual(5);
  expect(wrong).toEqual([]);
});

test("every package has its place in the layers", () => {
  const packages = globSync("packages/*/package.json", { cwd: root }).map(partOf);
  expect(packages.filter((name) => !Object.hasOwn(layers, name))).toEqual([]);
});

test("the test bed stays small: testkit and bootstrap, with their tests", () => {
  const own = files.filter((file) => ["testkit", "bootstrap"].includes(partOf(file)));
  const lines = own.reduce((sum, file) => sum + read(file).split("\n").length - 1, 0);
  expect(lines).toBeGreaterThan(5_000);
  expect(lines).toBeLessThanOrEqual(10_000);
});
