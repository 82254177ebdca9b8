import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "bluegreen-finder-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** A package in a folder below the root, with these dependencies. */
async function put(path: string, dependencies: readonly string[] = [], text = ""): Promise<string> {
  const folder = join(root, path);
  await mkdir(folder, { recursive: true });
  const listed = Object.fromEntries(dependencies.map((name) => [name, "1"]));
  const exports = { "./provider": "./provider.js" };
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module", exports, dependencies: listed }));
  await writeFile(join(folder, "provider.js"), text);
  return folder;
}

const library = (path: string, says = path) => put(path, [], `export const found = "${says}";`);

/** What is found from a folder, by the text that a gate's command has, as it was compiled; Node runs it, as there. */
async function find(path: string): Promise<string> {
  const file = new URL("../dist/dynamic/library-finder.js", import.meta.url).href;
  const { stdout: text } = await run(
    `const { libraryFinder } = await import("${file}"); console.log(String(libraryFinder()));`,
  );
  const cwd = join(root, path);
  const found = await run(`console.log((await (${text})("@bluegreen/pulumi/provider")).found);`, cwd);
  return found.stdout.trim();
}

function run(text: string, cwd = root) {
  // pnpm's shims name folders there in which an installation by hand may have left this library.
  const { NODE_PATH: _without, ...env } = process.env;
  return promisify(execFile)(process.execPath, ["--input-type=module", "-e", text], { cwd, env });
}

test("is found as a dependency of the program, before any other one", async () => {
  await put("shop", ["@acme/platform", "@bluegreen/pulumi"]);
  await put("shop/node_modules/@acme/platform", ["@bluegreen/pulumi"]);
  await library("shop/node_modules/@acme/platform/node_modules/@bluegreen/pulumi");
  await library("shop/node_modules/@bluegreen/pulumi");
  expect(await find("shop")).toBe("shop/node_modules/@bluegreen/pulumi");
});

test("is found from a program in a folder below its package.json", async () => {
  await put("shop", ["@acme/platform"]);
  await put("shop/node_modules/@acme/platform", ["@bluegreen/pulumi"]);
  await library("shop/node_modules/@acme/platform/node_modules/@bluegreen/pulumi");
  await mkdir(join(root, "shop/infra/live"), { recursive: true });
  expect(await find("shop/infra/live")).toMatch(/platform\/node_modules/);
});

test("is found where links lead to the package that depends on it, as with pnpm and workspaces", async () => {
  const store = "store/@acme+platform@1/node_modules";
  const platform = await put(`${store}/@acme/platform`, ["@bluegreen/pulumi"]);
  await library(`${store}/@bluegreen/pulumi`);
  await put("shop", ["@acme/platform"]);
  await mkdir(join(root, "shop/node_modules/@acme"), { recursive: true });
  await symlink(platform, join(root, "shop/node_modules/@acme/platform"));
  expect(await find("shop")).toBe(`${store}/@bluegreen/pulumi`);
});

test("is found among what a workspace's root depends on, where the program's own package.json names nothing", async () => {
  await put("company", ["@acme/platform"]);
  await put("company/node_modules/@acme/platform", ["@bluegreen/pulumi"]);
  await library("company/node_modules/@acme/platform/node_modules/@bluegreen/pulumi");
  await put("company/programs/shop", ["near"]);
  await put("company/programs/shop/node_modules/near");
  expect(await find("company/programs/shop")).toMatch(/platform\/node_modules/);
});

test("is found through a package of a package, the nearest one of several", async () => {
  await put("shop", ["far", "near", "absent"]);
  await put("shop/node_modules/far", ["farther"]);
  await put("shop/node_modules/far/node_modules/farther", ["@bluegreen/pulumi"]);
  await library("shop/node_modules/far/node_modules/farther/node_modules/@bluegreen/pulumi");
  await put("shop/node_modules/near", ["@bluegreen/pulumi", "far"]);
  await library("shop/node_modules/near/node_modules/@bluegreen/pulumi");
  expect(await find("shop")).toMatch(/near\/node_modules/);
});

test("that is nowhere is missed in words that say what to do", async () => {
  await put("shop", ["near"]);
  await put("shop/node_modules/near", ["near"]);
  await expect(find("shop")).rejects.toThrow(/is not found from .*\/shop: add it to the dependencies/);
});

test("that can't be loaded says why itself", async () => {
  await put("shop", ["@bluegreen/pulumi"]);
  await put("shop/node_modules/@bluegreen/pulumi", [], "throw new Error('no such Node');");
  await expect(find("shop")).rejects.toThrow("no such Node");
});
