import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const home = "packages/pulumi/src/contracts";
const files = [...globSync(`${home}/*.ts`, { cwd: root }), "packages/pulumi/src/app/declaration.ts"].sort();
const mostMembers = 7;

const sources = files.map((file) => {
  return ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.ESNext, true);
});
const interfaces = sources.flatMap((source) => source.statements.filter(ts.isInterfaceDeclaration));

test("no contract has more than seven members", () => {
  expect(interfaces.length).toBeGreaterThan(50);
  // Of its own: what a site and a candidate are found by lies in state as one record, whose format stays.
  const large = interfaces.filter(({ members }) => members.length > mostMembers);
  expect(large.map(({ name, members }) => `${name.text} has ${members.length}`)).toEqual([]);
});

test("the glossary has a line for every type of the contracts", () => {
  const exported = sources
    .filter(({ fileName }) => fileName.startsWith(home))
    .flatMap(({ statements }) =>
      statements.filter((one) => ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one)),
    )
    .filter((one) => one.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
    .map((one) => (one as ts.InterfaceDeclaration | ts.TypeAliasDeclaration).name.text);
  const glossary = readFileSync(join(root, "docs/glossary.md"), "utf8");
  const told = [...glossary.matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name);
  expect(exported.length).toBeGreaterThan(60);
  expect(told.toSorted()).toEqual(exported.toSorted());
});
