import * as z from "zod";
import type { Fault } from "../fault.ts";
import { nearest, oneLine } from "../text.ts";
import { isStandIn } from "./leaves.ts";

/** Command that sets the right value, for the settings that usually come from stack config. */
const configFixes: Readonly<Record<string, string>> = {
  activeColor: "pulumi config set activeColor blue (or green)",
};

/** Settings whose values may be secret: they are never quoted, whatever is wrong with them. */
const confidential: ReadonlySet<PropertyKey> = new Set(["secrets", "env", "kubeconfig", "headers", "password"]);

/** How `safeParse` is to report what is wrong, for `explain`. */
export const reporting = {
  reportInput: true,
  /** The names that an object may have travel in the message about those that it may not. */
  error: (issue: z.core.$ZodRawIssue) =>
    issue.code === "unrecognized_keys" && issue.inst instanceof z.ZodObject
      ? Object.keys(issue.inst.shape).join(" ")
      : undefined,
};

/** What is wrong with a setting, in words for who wrote it. `path`: where the issue's own path begins. */
export function explain(issue: z.core.$ZodIssue, path: readonly PropertyKey[] = []): Fault[] {
  const whole = [...path, ...issue.path];
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownName(key, whole, issue.message));
  if (issue.code === "invalid_union" && issue.input !== undefined) {
    const meant = meantOption(issue);
    if (meant) return meant.flatMap((inner) => explain(inner, whole));
  }
  const input = inputOf(issue);
  const missing = input === undefined;
  const value = whole.some((part) => confidential.has(part)) ? "not right" : describe(input);
  const problem = missing ? "is missing" : `is ${value}; it ${rule(issue)}`;
  const place = at(whole);
  return [
    { code: "invalid-setting", problem: `${place} ${problem}`, at: place, fix: configFixes[place] ?? fixOf(input) },
  ];
}

/** The value at the issue's path. */
function inputOf(issue: z.core.$ZodIssue): unknown {
  if (issue.code !== "invalid_union" || !issue.discriminator) return issue.input;
  return (issue.input as Readonly<Record<string, unknown>>)[issue.discriminator];
}

/** A place in the settings: `services.web.port`. */
export function at(path: readonly PropertyKey[]): string {
  return path.map(keyName).join(".") || "args";
}

/** A key in a path: short, on one line, and seen even when it is empty. */
export function keyName(key: PropertyKey): string {
  return key === "" ? '""' : oneLine(String(key), 60);
}

function unknownName(key: string, path: readonly PropertyKey[], names: string): Fault {
  const meant = nearest(key, names.split(" "));
  const fix = meant === null ? "correct its name or remove it" : `did you mean "${meant}"?`;
  return { code: "unknown-setting", problem: `${describe(key)} is not a setting`, at: at([...path, key]), fix };
}

function fixOf(value: unknown): string {
  if (value === undefined) return "add it";
  if (isStandIn(value)) return "give it a plain value: it has to be known before anything is declared";
  return "correct the value";
}

/** Of several shapes the one that was meant: the only one of the right kind, with what is wrong inside of it. */
function meantOption(issue: z.core.$ZodIssue & { code: "invalid_union" }): z.core.$ZodIssue[] | null {
  const inside = issue.errors.filter((issues) =>
    issues.every(({ path, code }) => path.length > 0 || code === "unrecognized_keys"),
  );
  return inside.length === 1 && inside[0] !== undefined ? inside[0] : null;
}

function rule(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "too_big":
      return `must ${amount(issue.origin, issue.inclusive === false ? "less than" : "at most", issue.maximum)}`;
    case "too_small":
      return `must ${amount(issue.origin, issue.inclusive === false ? "more than" : "at least", issue.minimum)}`;
    case "invalid_type":
      return `must be ${typeNames[issue.expected] ?? `a ${issue.expected}`}`;
    case "invalid_key":
      return `must have another name: it ${issue.issues[0] ? rule(issue.issues[0]) : "is not allowed"}`;
    case "invalid_union":
      if (issue.discriminator)
        return `must be ${alternatives(quoted("options" in issue ? (issue.options ?? []) : []))}`;
      return `must be ${alternatives(issue.errors.map(([first]) => (first ? rule(first).replace(/^must be /, "") : "right")))}`;
    case "invalid_value":
      return `must be ${alternatives(quoted(issue.values))}`;
    case "invalid_format":
      return issue.message.replace(/^Invalid /, "must be a valid ");
    default:
      return issue.message;
  }
}

const typeNames: Readonly<Record<string, string>> = {
  int: "a whole number",
  array: "a list",
  object: "an object",
  record: "an object",
};

function amount(origin: string, bound: string, value: number | bigint): string {
  if (origin === "string") return `have ${bound} ${value} ${value === 1 ? "character" : "characters"}`;
  if (origin === "array") return `have ${bound} ${value} ${value === 1 ? "entry" : "entries"}`;
  return `be ${bound} ${value}`;
}

function quoted(values: readonly unknown[]): string[] {
  return values.map((value) => JSON.stringify(value));
}

function alternatives(all: readonly string[]): string {
  return [...new Set(all)].join(" or ");
}

/** A value for a message: short, on one line, and never a whole object, which could hold a secret. */
export function describe(value: unknown): string {
  if (typeof value === "string") return `"${oneLine(value.replace(/\/\/[^/@\s]*@/g, "//…@"), 60)}"`;
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "bigint") return "a bigint";
  if (Array.isArray(value)) return "a list";
  if (isStandIn(value)) return "known only later";
  return value === undefined ? "missing" : withArticle(typeof value);
}

export function withArticle(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`;
}
