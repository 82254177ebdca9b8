import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Fault } from "../src/fault.ts";
import { parseSettings } from "../src/settings/settings.ts";
import { type Breakage, isConfidential, type Malformed, malformed, schemas, valid } from "./malformed.ts";

const seed = 20_260_131;

function faultsOf(input: unknown): readonly Fault[] {
  const parsed = parseSettings("shop", input);
  expect(parsed.ok, "taken").toBe(false);
  return parsed.ok ? [] : parsed.faults;
}

/** A place as messages name it. */
function placeOf(path: readonly string[]): RegExp {
  const shown = path.map((key) => {
    if (key === "") return '""';
    return /^[\w./ -]{1,60}$/.test(key) ? key.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&") : ".+";
  });
  return new RegExp(`^${shown.join("\\.")}(\\.|$)`, "u");
}

/** The fault that names what was broken; what is wrong with an object hides what is wrong inside of it. */
function faultOf(faults: readonly Fault[], { path }: Breakage): Fault | undefined {
  if (path.length === 0) return faults[0];
  return faults.find(({ at }) => placeOf(path).test(at));
}

function expectReadable({ problem, at, fix }: Fault): void {
  for (const text of [problem, at, fix]) {
    expect(text).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]+$/u);
    expect(text.length).toBeLessThan(500);
    expect(text).not.toMatch(/\[object |Invalid input|expected |Zod|hunter2|: undefined|NaN;.*NaN/);
    expect(text.replace(/"[^"]*"/g, "")).not.toContain("undefined");
  }
  expect(problem).not.toMatch(/; it $|it (Invalid|Expected)|\bmust must\b/);
}

/** How a message shows a value; `null` where it must not or need not. */
function shown({ kind, path, value }: Breakage): string | null {
  if (kind !== "wrong" || isConfidential(path)) return null;
  if (typeof value === "string") return /^[ -~]{0,50}$/.test(value) && !value.includes("//") ? `"${value}"` : null;
  return value === null || typeof value === "number" || typeof value === "boolean" ? String(value) : null;
}

export function check({ input, breakages }: Malformed): void {
  const faults = faultsOf(input);
  faults.forEach(expectReadable);
  for (const breakage of breakages) {
    const fault = faultOf(faults, breakage);
    const told = `${breakage.kind} at ${breakage.path.join(".")}; faults: ${JSON.stringify(faults)}`;
    expect(fault, told).toBeDefined();
    if (breakage.meant !== undefined) expect(fault?.fix, told).toBe(`did you mean "${breakage.meant}"?`);
    const value = shown(breakage);
    if (value !== null) expect(fault?.problem, told).toContain(value);
  }
}

test("valid settings are made of every platform, router, gate and option that there is", () => {
  const made = fc.sample(valid, { numRuns: 600, seed: 9 });
  const text = JSON.stringify(made);
  const missing = schemas.flatMap(wordsOf).filter((word) => !text.includes(`"${word}"`));
  expect(missing).toEqual([]);
  expect(made.some(({ router }) => Array.isArray(router) && router.length > 1)).toBe(true);
});

/** Every name of a setting and every word that one may be. */
function wordsOf(schema: any): string[] {
  const { def } = schema._zod;
  const inner = [def.innerType, def.element, def.keyType, def.valueType, def.in, ...(def.options ?? [])].filter(
    Boolean,
  );
  const words = def.type === "enum" ? Object.values<string>(def.entries) : def.type === "literal" ? def.values : [];
  const fields = Object.entries<any>(def.shape ?? {}).flatMap(([key, one]) => [key, ...wordsOf(one)]);
  return [...new Set<string>([...words, ...fields, ...inner.flatMap(wordsOf)])];
}

describe("settings that a user broke are refused in words, all faults at once, no secret quoted:", () => {
  test.each([
    [1, 4_000],
    [2, 1_000],
    [3, 1_000],
  ] as const)("in %i places, %i times", { timeout: 300_000 }, (count, numRuns) => {
    const property = fc.property(malformed(count), check);
    void fc.assert(property, { numRuns, seed });
  });
});
