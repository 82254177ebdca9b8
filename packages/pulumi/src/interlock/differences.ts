import { isDeepStrictEqual } from "node:util";
import type { Release } from "@bluegreen/core";
import type { ReleaseShape } from "../app/release-definition.ts";
import { isUnknown } from "../dynamic/unknown.ts";

/** A release as the interlock records and compares it. */
export interface Definition {
  readonly shape: ReleaseShape | null;
  readonly leaf: unknown;
  readonly secrets: unknown;
}

/** A setting in which two definitions differ, by its path; never a value. */
export interface Difference {
  readonly setting: string;
  /** Which of the two has it at all; `null`: both, with other values. */
  readonly only: "first" | "second" | null;
}

/** Settings in which two definitions differ, sorted. What one of them knows only later is no difference. */
export function differences(first: Definition, second: Definition): Difference[] {
  const found = new Map<string, Difference>();
  for (const { path, only } of pathsOf(first, second, [])) {
    const setting = settingOf(path);
    const before = found.get(setting)?.only ?? null;
    // What has become a secret is the first's among the plain ones, and the second's among the secret ones.
    found.set(setting, {
      setting,
      only: before !== null && only !== null && before !== only ? null : (only ?? before),
    });
  }
  return [...found.values()].sort((a, b) => (a.setting < b.setting ? -1 : 1));
}

/** In what two releases differ beyond what another version is expected to change: its images. */
export function driftBetween(first: Release<Definition>, second: Release<Definition>): Difference[] {
  const all = differences(first.definition, second.definition);
  return first.version === second.version
    ? all
    : all.filter(({ setting }) => !/^services\.[^.]+\.image$/.test(setting));
}

export function describeDifference({ setting, only }: Difference, first: string, second: string): string {
  return only === null ? setting : `${setting} (${only === "first" ? first : second} only)`;
}

interface Path {
  readonly path: readonly string[];
  readonly only: Difference["only"];
}

function pathsOf(a: unknown, b: unknown, path: readonly string[]): Path[] {
  if (isDeepStrictEqual(a, b) || isDerived(path)) return [];
  if (isPlain(a) && isPlain(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].flatMap((key) => pathsOf(a[key], b[key], [...path, key]));
  }
  if (isUnknown(a) || isUnknown(b)) return [];
  return [{ path, only: a === undefined ? "second" : b === undefined ? "first" : null }];
}

/** What says only which properties and variables there are: these are compared by themselves. */
function isDerived(path: readonly string[]): boolean {
  return path[0] === "shape" && (path[3] === "properties" || path[3] === "variables");
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The recorded path in the words of the program's settings. */
function settingOf([part, ...rest]: readonly string[]): string {
  const [service = "", ...inner] = part === "shape" ? rest.slice(1) : rest;
  const name = `services.${service}`;
  if (part !== "shape" && inner[0] === "spec") return [name, ...inner.slice(1)].join(".");
  if (part === "secrets") return [name, ...(inner.length > 0 ? ["secrets", ...inner.slice(1)] : [])].join(".");
  if (part === "leaf") return [name, ...inner].join(".");
  // Under the name that the router knows, as `router.ports` says it.
  if (inner[0] === "routed") return "router.ports";
  return ["volumes", "port", "ready"].includes(inner[0] ?? "") ? `${name}.${inner[0]}` : name;
}
