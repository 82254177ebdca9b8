import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { faultCodes } from "@bluegreen/core";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const read = (file: string) => readFileSync(join(root, file), "utf8");
const among = (...patterns: string[]) => globSync(patterns, { cwd: root }).sort();

const pages = among("*.md", "docs/**/*.md", "examples/*.md", "packages/*/*.md", "packages/bootstrap/*/*.md");

/** Text without blocks of code, in which `#` begins no heading and `[…](…)` is no link. */
const prose = (page: string) => read(page).replace(/^```.*?^```$/gms, "");

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): Set<string> {
  const seen = new Map<string, number>();
  const headings = [...prose(page).matchAll(/^#+ (.*)$/gm)].map(([, text = ""]) => text);
  const names = headings.map((text) => {
    const shown = text.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").trim();
    const name = shown
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-");
    const before = seen.get(name) ?? 0;
    seen.set(name, before + 1);
    return before === 0 ? name : `${name}-${before}`;
  });
  return new Set(names);
}

function brokenLinks(page: string): string[] {
  const links = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? page : join(dirname(page), path);
    if (!existsSync(join(root, target))) return true;
    return anchor !== undefined && !anchorsOf(target).has(anchor);
  });
}

test("every relative link leads to a file, and its anchor to a heading", () => {
  expect(pages.length).toBeGreaterThan(40);
  expect(pages.flatMap((page) => brokenLinks(page).map((link) => `${page}: ${link}`))).toEqual([]);
});

test("README and ARCHITECTURE are short", () => {
  const words = (page: string) => read(page).split(/\s+/).filter(Boolean).length;
  expect(words("README.md")).toBeLessThan(900);
  expect(words("ARCHITECTURE.md")).toBeLessThanOrEqual(900);
});

test("every public setting is named in the guide", () => {
  const files = among(
    "packages/pulumi/src/app/args.ts",
    "packages/pulumi/src/checks/*.ts",
    "packages/pulumi/src/checks/parts/waits.ts",
    "packages/pulumi/src/{docker/caddy,kubernetes/routers,workers}/settings.ts",
    "packages/pulumi/src/{docker,kubernetes}/settings.ts",
  );
  const exported = files.flatMap((file) => read(file).match(/^export interface .*?^}/gms) ?? []).join("\n");
  const names = [...exported.matchAll(/\breadonly (\w+)\??:/g)].map(([, name = ""]) => name);
  const guide = among("README.md", "docs/*.md").map(read).join("\n");
  const code = [...guide.matchAll(/^```.*?^```$|`[^`\n]+`/gms)].map(([text]) => text).join("\n");
  const missing = [...new Set(names)].filter((name) => name !== "kind" && !new RegExp(`\\b${name}\\b`).test(code));
  expect(names.length).toBeGreaterThan(100);
  expect(missing).toEqual([]);
});

test("every code is told once, in the order of the source, and made somewhere", () => {
  const told = [...read("docs/codes.md").matchAll(/^\| `([a-z-]+)` +\| \S/gm)].map(([, code]) => code);
  expect(told).toEqual(faultCodes);
  const makers = among("packages/{core,pulumi}/src/**/*.ts").filter((file) => !file.endsWith("/fault-codes.ts"));
  const source = makers.map(read).join("\n");
  expect(faultCodes.filter((code) => !source.includes(`"${code}"`))).toEqual([]);
});

test("every file that the documents name is there", () => {
  const homes = ["", "packages", "packages/pulumi/src"];
  const isThere = (path: string) => {
    const own = path.replace(/^core\/(?!src|test)/, "core/src/").replace(/<[a-z]+>/g, "*");
    const exists = /[*{]/.test(own) ? (at: string) => among(at).length > 0 : (at: string) => existsSync(join(root, at));
    return homes.some((home) => exists(join(home, own)));
  };
  const named = among("*.md", "docs/**/*.md", "examples/*.md").flatMap((page) => {
    const paths = [...prose(page).matchAll(/`([\w./<>{},*-]+(?:\.ts|\/))`/g)].map(([, path = ""]) => path);
    return paths.filter((path) => path.includes("/") && !path.startsWith("@")).map((path) => [page, path] as const);
  });
  expect(named.length).toBeGreaterThan(80);
  expect(named.filter(([, path]) => !isThere(path)).map(([page, path]) => `${page}: ${path}`)).toEqual([]);
});

test("every message of troubleshooting is one that the library says", () => {
  const [own = ""] = read("docs/troubleshooting.md").split("## Pulumi's own messages");
  const messages = [...own.matchAll(/^### (`+)(.*)\1$/gm)].map(([, , text = ""]) => text.trim());
  const source = among("packages/{core,pulumi}/src/**/*.ts").map(read).join("\n").replaceAll("\\`", "`");
  // What differs from case to case is left out: values, colors, versions, names.
  const words =
    "blue|green|expand|contract|http-1|shop-3f2a1c|DB_URL|refused|reverted|not completed|of the Docker host";
  const example = new RegExp(`…|"[^"]*"|\`[^\`]*\`|\\b(?:${words})\\b|\\d[\\w.]*|:`);
  const strange = messages.flatMap((message) =>
    message
      .split(example)
      .map((part) => part.trim())
      .filter((part) => part.length >= 8 && !source.includes(part)),
  );
  expect(messages.length).toBeGreaterThan(50);
  expect(strange).toEqual([]);
});
