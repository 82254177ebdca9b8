import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const source = fileURLToPath(new URL("../src", import.meta.url));
const statement = /^(?:import|export) (?!type )[^;]*?from "([^"]+)";/gms;

/** The packages that a module brings with it when it is loaded. */
function packagesOf(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return new Set();
  seen.add(file);
  const packages = new Set<string>();
  for (const [, from = ""] of readFileSync(file, "utf8").matchAll(statement)) {
    if (!from.startsWith(".")) packages.add(from);
    else for (const one of packagesOf(join(dirname(file), from), seen)) packages.add(one);
  }
  return packages;
}

// Each gate is a process: what it loads is a good part of its time.
test("the rules bring no package with them, and the parser of settings brings zod", () => {
  expect([...packagesOf(join(source, "index.ts"))]).toEqual([]);
  expect([...packagesOf(join(source, "settings/settings.ts"))]).toEqual(["zod"]);
});

test("the package's index names what it exports", () => {
  expect(readFileSync(join(source, "index.ts"), "utf8")).not.toMatch(/^export (type )?\*/m);
});
