import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const source = fileURLToPath(new URL("../src", import.meta.url));
const core = fileURLToPath(new URL("../../core/src", import.meta.url));
/** Types count, too: who needs another file's words can't be read without it. */
const statement = /^(?:import|export) [^;]*?from "(\.[^"]+)";/gms;

const files = globSync("**/*.ts", { cwd: source }).sort();
const imports = new Map(
  files.map((file) => {
    const text = readFileSync(join(source, file), "utf8");
    const found = [...text.matchAll(statement)].map(([, from = ""]) => from);
    return [file, found.map((from) => relative(source, join(source, dirname(file), from)))] as const;
  }),
);

function reachableFrom(file: string): Set<string> {
  const seen = new Set<string>();
  const left = [...(imports.get(file) ?? [])];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    left.push(...(imports.get(next) ?? []));
  }
  return seen;
}

/** The files that import each other, however far around, as one line each. */
function circles(): string[] {
  const reachable = new Map(files.map((file) => [file, reachableFrom(file)] as const));
  const together = (a: string, b: string) => reachable.get(a)?.has(b) && reachable.get(b)?.has(a);
  const groups = files.map((file) => files.filter((other) => together(file, other)));
  return [...new Set(groups.filter((group) => group.length > 3).map((group) => group.join(" ")))];
}

test("files import each other in circles of three at most", () => {
  expect(files.length).toBeGreaterThan(150);
  expect(circles()).toEqual([]);
});

test("what is for one platform knows nothing of the other", () => {
  const about = (platform: string) => new RegExp(`^${platform}/`);
  const crossing = [...imports].flatMap(([file, found]) => {
    const [own, other] = about("docker").test(file) ? ["docker", "kubernetes"] : ["kubernetes", "docker"];
    if (!about(own).test(file)) return [];
    return found.filter((one) => about(other).test(one)).map((one) => `${file} imports ${one}`);
  });
  expect(crossing).toEqual([]);
});

test("contracts are words: they import nothing but core, each other, and types of Node", () => {
  const contracts = files.filter((file) => file.startsWith("contracts/"));
  expect(contracts.length).toBeGreaterThan(8);
  const foreign = contracts.flatMap((file) => {
    const text = readFileSync(join(source, file), "utf8");
    const all = [...text.matchAll(/^(import|export)( type)? [^;]*?from "([^"]+)";/gms)];
    return all
      .filter(([, , type, from = ""]) => !(type && /^(@bluegreen\/core$|node:|\.\/)/.test(from)))
      .map(([line]) => line);
  });
  expect(foreign).toEqual([]);
});

test("no shared code asks whether a router is none(): it asks for what that means", () => {
  const texts = [source, core].flatMap((folder) => {
    return globSync("**/*.ts", { cwd: folder }).map((file) => readFileSync(join(folder, file), "utf8"));
  });
  expect(texts.flatMap((text) => text.match(/kind [!=]== "none"/g) ?? [])).toEqual([]);
});

test("what both platforms share knows neither, but for the one table of them and the types of their arguments", () => {
  const shared = files.filter((file) => !/^(docker|kubernetes|platforms\.ts|app\/args\.ts)/.test(file));
  const knowing = shared.flatMap((file) => {
    const found = (imports.get(file) ?? []).filter((one) => /^(docker|kubernetes)\//.test(one));
    return found.map((one) => `${file} imports ${one}`);
  });
  expect(shared.length).toBeGreaterThan(80);
  expect(knowing).toEqual([]);
});
