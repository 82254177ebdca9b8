import * as fc from "fast-check";
import type * as z from "zod";
import { isDeferred, isStandIn, standInFor } from "../src/settings/leaves.ts";
import { readAll } from "../src/settings/readable.ts";
import { parseSettings, schemaFor } from "../src/settings/settings.ts";

/**
 * Valid settings of every shape that the schema allows, and what users make of them: one to three places broken. Both
 * follow the schema, so a new setting is broken, too, as soon as it is there.
 */

/** No message may quote it: it is what secrets hold. */
export const secret = "hunter2-very-secret";

export interface Breakage {
  readonly kind: "wrong" | "missing" | "misspelt" | "extra" | "throwing";
  readonly path: readonly string[];
  /** What is there now, where it is a value. */
  readonly value: unknown;
  /** The name that was misspelt. */
  readonly meant?: string;
}

export interface Malformed {
  readonly input: unknown;
  readonly breakages: readonly Breakage[];
}

type Schema = z.core.$ZodTypes;
type Path = readonly string[];

function defOf(schema: z.core.$ZodType): Schema["_zod"]["def"] {
  return (schema as Schema)._zod.def;
}

function takes(schema: z.core.$ZodType, value: unknown): boolean {
  try {
    return (schema as z.ZodType).safeParse(value).success;
  } catch {
    return false;
  }
}

function isOptional(schema: z.core.$ZodType): boolean {
  return takes(schema, undefined);
}

/** The schema without what only adds a default or allows nothing. */
function bare(schema: z.core.$ZodType): z.core.$ZodType {
  const def = defOf(schema);
  return "innerType" in def ? bare(def.innerType) : schema;
}

// Valid settings.

const texts = [
  ..."web api-2 blue 1.4.2 /ready / 0s 90s 5m 1.5s 512MB 1GB LOG_LEVEL 10.0.0.1 ::1 1000 {color}.env".split(" "),
  ..."http://shop.test/a true 100m 50% 0.5% 08:00 08:00-17:00 shop-3f2a1c Mon tcp://db:5432 SELECT 2026-12-24 UTC 17:00 shop-3f2a1c".split(
    " ",
  ),
];
const numbers = [0, 0.5, 1, 2, 3, 30, 80, 200, 443, 8080, 30_000];

function arbitraryOf(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  const shape = shapeOf(schema);
  return defOf(schema).checks?.length ? shape.filter((value) => takes(schema, value)) : shape;
}

function shapeOf(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  const def = defOf(schema);
  switch (def.type) {
    case "object": {
      const fields = Object.entries(def.shape).map(([key, inner]) => [key, arbitraryOf(bare(inner))] as const);
      const requiredKeys = Object.keys(def.shape).filter((key) => !isOptional(def.shape[key] as z.core.$ZodType));
      return fc.record(Object.fromEntries(fields), { requiredKeys: requiredKeys as never[] });
    }
    case "array":
      return fc.array(arbitraryOf(def.element), { maxLength: 3 });
    case "record":
      return fc.dictionary(arbitraryOf(def.keyType) as fc.Arbitrary<string>, arbitraryOf(def.valueType), {
        maxKeys: 3,
        noNullPrototype: true,
      });
    case "union":
      return fc.oneof(...def.options.map(arbitraryOf));
    case "enum":
      return fc.constantFrom(...Object.values(def.entries));
    case "literal":
      return fc.constantFrom(...def.values);
    case "boolean":
      return fc.boolean();
    case "number":
      return among(schema, numbers);
    case "string":
      return among(schema, texts);
    case "custom":
      return among(schema, ["text", "blue", "green", standInFor(Promise.resolve("later")), undefined]);
    default:
      if ("innerType" in def) return arbitraryOf(def.innerType);
      throw new Error(`say how to make settings of a ${def.type}`);
  }
}

function among(schema: z.core.$ZodType, values: readonly unknown[]): fc.Arbitrary<unknown> {
  const fitting = values.filter((value) => takes(schema, value));
  if (fitting.length === 0) throw new Error(`none of ${values.map(String).join(", ")} fits ${defOf(schema).type}`);
  return fc.constantFrom(...fitting);
}

/** Both shapes that settings may have. */
export const schemas = [schemaFor({}), schemaFor({ router: [] })] as const;

/** Settings that are taken, of which the schema is satisfied and references are mended as the faults say. */
export const valid: fc.Arbitrary<Record<string, unknown>> = fc
  .oneof(
    ...schemas.map((schema) => {
      const spares = fc.array(arbitraryOf(schema.shape.router), { minLength: 20, maxLength: 20 });
      return fc.tuple(arbitraryOf(schema), spares);
    }),
  )
  .map(([settings, spares]) => mend(settings, [...spares]))
  .filter((settings) => settings !== null);

function mend(settings: unknown, spares: unknown[]): Record<string, unknown> | null {
  const copy = structure(settings) as any;
  const services = Object.keys(copy.services);
  copy.releases[isDeferred(copy.activeColor) ? "blue" : copy.activeColor] ??= { version: "1", images: {} };
  for (const release of Object.values<any>(copy.releases)) {
    release.images = Object.fromEntries(services.map((name) => [name, "shop:1"]));
  }
  while (spares.length > 0) {
    [copy.router].flat().forEach((router, index) => {
      router.expose = services[index] ?? services[0];
      Object.assign(copy.services[router.expose], { port: 8080, ready: "/ready" });
    });
    const parsed = parseSettings("shop", copy);
    if (parsed.ok) return hideSecrets(copy);
    const at = parsed.faults[0]?.at ?? "";
    if (/^router\.\d+/.test(at) && copy.router.length > 1) remove(copy, at.split(".", 2).join("."));
    else if (at.split(".")[0] === "router") copy.router = structure(spares.pop());
    else if (!remove(copy, at)) return null;
  }
  return null;
}

/** Takes away what a fault names, if it is there. */
function remove(root: any, at: string): boolean {
  const key = Object.keys(root ?? {}).find((one) => at === one || at.startsWith(`${one}.`));
  if (key === undefined) return false;
  if (at !== key) return remove(root[key], at.slice(key.length + 1));
  if (Array.isArray(root)) root.splice(Number(key), 1);
  else delete root[key];
  return true;
}

/** A copy of objects and lists, as a program gives them. */
function structure(value: unknown): unknown {
  if (isStandIn(value)) return value();
  if (Array.isArray(value)) return value.map(structure);
  if (typeof value !== "object" || value === null || "then" in value) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, structure(inner)]));
}

function hideSecrets(value: any): any {
  for (const [key, inner] of Object.entries<any>(value)) {
    if (key === "env" || key === "secrets") value[key] = { ...inner, TOKEN: secret };
    else if (typeof inner === "object" && inner !== null) hideSecrets(inner);
  }
  return value;
}

// What users make of them.

interface Place {
  readonly path: Path;
  readonly schema: z.core.$ZodType;
  readonly value: unknown;
}

function placesOf(schema: z.core.$ZodType, value: unknown, path: Path = []): Place[] {
  const here: Place = { path, schema, value };
  const inner = bare(schema);
  const def = defOf(inner);
  if (def.type === "union") {
    const option = def.options.find((one) => takes(one, value));
    return option ? [here, ...placesOf(option, value, path).slice(1)] : [here];
  }
  if (typeof value !== "object" || value === null) return [here];
  const schemaOf = (key: string) => {
    if (def.type === "object") return def.shape[key];
    if (def.type === "array") return def.element;
    return def.type === "record" ? def.valueType : undefined;
  };
  const inside = Object.entries(value).flatMap(([key, one]) => {
    const found = schemaOf(key);
    return found ? placesOf(found, one, [...path, key]) : [];
  });
  return [here, ...inside];
}

const circular: Record<string, unknown> = { again: 1 };
circular.again = circular;
const deep = Array.from({ length: 5_000 }).reduce<unknown>((inner) => ({ inner }), 1);
const throws = () => {
  throw new Error(secret);
};
/** Stands for a proxy that throws at everything, which fast-check would touch. */
const hostile = Symbol("hostile");
const makeHostile = () => new Proxy({}, { get: throws, has: throws, ownKeys: throws, getPrototypeOf: throws });

/** What stands where a string, a number, an object or a list should. */
const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, Number.NaN, Infinity, -1, -0.5, 0, 1.5, 1e308, 70_000, 10n ** 100n),
  fc.constantFrom("", " ", "gren", "5 minutes", "90", "12 GB", "-5s", "ready", "/a\nb", "red\u001b[31m", "a‮b", "😀"),
  fc.constantFrom("x".repeat(100_000), "😀".repeat(50), "BLUEGREEN_X", "__proto__", "constructor", "undefined"),
  fc.constantFrom<unknown>([], {}, [null], [[]], circular, deep, Object.create(null)),
  fc.constantFrom<unknown>(new Date(Number.NaN), new Map([["a", 1]]), new Set(), /x/, new Error(secret), Symbol("s")),
  fc.constantFrom<unknown>(throws, Promise.resolve(secret), { apply: throws, kind: secret }, new (class Shop {})()),
  fc.constant(hostile),
  fc.string({ unit: "binary" }),
  fc.object({ maxDepth: 2 }),
);

const oddSecret: fc.Arbitrary<unknown> = fc.oneof(
  odd,
  fc.constantFrom<unknown>(secret, [secret], { TOKEN: [secret] }, { TOKEN: { inner: secret } }, { "a b": secret }),
);

/** What holds secrets. */
export function isConfidential(path: Path): boolean {
  return path.some((key) => /^(env|secrets|kubeconfig|headers|password)$/.test(key));
}

function breakageOf(places: readonly Place[]): fc.Arbitrary<Breakage> {
  const objects = places.filter(({ schema }) => defOf(bare(schema)).type === "object");
  const filled = objects.filter(({ value }) => Object.keys(value as object).length > 0);
  const inside = fc
    .constantFrom(...filled)
    .chain(({ path, value, schema }) =>
      fc.constantFrom(...Object.keys(value as object)).map((key) => ({ path, key, shape: shapeAt(schema) })),
    );
  const wrong = fc
    .tuple(fc.constantFrom(...places), odd, oddSecret)
    .map(([place, value, hidden]) => [place, isConfidential(place.path) ? hidden : value] as const)
    .filter(([{ schema }, value]) => !takes(schema, isDeferred(value) ? standInFor(value) : value))
    .map(([{ path }, value]): Breakage => ({ kind: "wrong", path, value }));
  const missing = inside
    .filter(({ key, shape }) => shape[key] !== undefined && !isOptional(shape[key]))
    .map(({ path, key }): Breakage => ({ kind: "missing", path: [...path, key], value: undefined }));
  const misspelt = fc
    .tuple(inside, fc.nat(), fc.constantFrom("swap", "drop", "double", "capital"))
    .map(([{ path, key, shape }, place, how]) => ({ path, shape, meant: key, key: misspell(key, place, how) }))
    .filter(({ key, meant, shape }) => meant.length > 2 && key !== meant && !(key in shape))
    .map(({ path, key, meant }): Breakage => ({ kind: "misspelt", path: [...path, key], value: undefined, meant }));
  const extra = fc
    .tuple(
      fc.constantFrom(...objects),
      fc.oneof(
        fc.constantFrom("__proto__", "constructor", "toString", "", "colour", "TOKEN", "😀", "a\nb", "k".repeat(9_000)),
        fc.string({ unit: "binary" }),
      ),
      fc.constantFrom<unknown>(secret, { polluted: secret }, [secret], null),
    )
    .filter(([{ schema }, key]) => !Object.hasOwn(shapeAt(schema), key))
    .map(([{ path }, key, value]): Breakage => ({ kind: "extra", path: [...path, key], value }));
  const throwing = fc
    .constantFrom(...places.slice(1))
    .map(({ path }): Breakage => ({ kind: "throwing", path, value: undefined }));
  return fc.oneof(
    { weight: 6, arbitrary: wrong },
    { weight: 2, arbitrary: missing },
    { weight: 2, arbitrary: misspelt },
    { weight: 2, arbitrary: extra },
    { weight: 1, arbitrary: throwing },
  );
}

function shapeAt(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> {
  const def = defOf(bare(schema));
  return def.type === "object" ? def.shape : {};
}

function misspell(key: string, place: number, how: string): string {
  const at = place % (key.length - 1 || 1);
  const letter = key.charAt(at);
  if (how === "swap") return key.slice(0, at) + key.charAt(at + 1) + letter + key.slice(at + 2);
  if (how === "drop") return key.slice(0, at) + key.slice(at + 1);
  if (how === "double") return key.slice(0, at) + letter + key.slice(at);
  return key.slice(0, at) + letter.toUpperCase() + key.slice(at + 1);
}

function applied(root: unknown, breakage: Breakage, path: Path = breakage.path): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return breakage.value === hostile ? makeHostile() : breakage.value;
  const copy: any = Array.isArray(root) ? [...root] : { ...(root as object) };
  if (rest.length > 0) copy[key] = applied(copy[key], breakage, rest);
  else if (breakage.kind === "missing") delete copy[key];
  else if (breakage.kind === "throwing") Object.defineProperty(copy, key, { get: throws, enumerable: true });
  else {
    const value = breakage.meant === undefined ? applied(undefined, breakage, []) : copy[breakage.meant];
    if (breakage.meant !== undefined) delete copy[breakage.meant];
    Object.defineProperty(copy, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return copy;
}

/** Valid settings, broken in so many settings that have nothing to do with each other. */
export function malformed(count: 1 | 2 | 3): fc.Arbitrary<Malformed> {
  // Some shapes are broken again and again: to make one costs more than to break it.
  const shapes = fc.sample(valid, { numRuns: 200, seed: count }).map((settings) => {
    return { settings, breakage: breakageOf(placesOf(schemaFor(settings), readAll(settings).value)) };
  });
  return fc.constantFrom(...shapes).chain(({ settings, breakage }) => {
    const several = count === 1 ? breakage.map((one) => [one]) : fc.array(breakage, { minLength: count, maxLength: 8 });
    return several
      .map((all) => apart(all).slice(0, count))
      .filter((all) => all.length === count)
      .map((breakages) => {
        const input = breakages.reduce<unknown>((broken, one) => applied(broken, one), settings);
        return { input, breakages };
      });
  });
}

/** Those in different settings of the app: an object that is none hides what else is wrong in it. */
function apart(breakages: readonly Breakage[]): Breakage[] {
  const tops = new Map(breakages.filter(({ path }) => path.length > 1).map((one) => [topOf(one), one]));
  return breakages.length === 1 ? [...breakages] : [...tops.values()];
}

function topOf({ path }: Breakage): string | undefined {
  return path[0];
}
