import type * as z from "zod";
import type { Fault } from "../fault.ts";

/** Command that sets the right value, for the settings that usually come from stack config. */
const configFixes: Readonly<Record<string, string>> = {
  activeColor: "pulumi config set activeColor blue (or green)",
};

/** What is wrong with a setting, in words for who wrote it. */
export function explain(issue: z.core.$ZodIssue): Fault[] {
  const at = issue.path.map(keyName).join(".") || "the settings";
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      problem: `${describe(key)} is no setting`,
      at: issue.path.length > 0 ? `${at}.${keyName(key)}` : keyName(key),
      fix: "correct its name or remove it",
    }));
  }
  const missing = issue.input === undefined;
  const confidential = issue.path.some((part) => part === "secrets" || part === "env");
  const value = confidential ? "not right" : describe(issue.input);
  const problem = missing ? "is missing" : `is ${value}; ${rule(issue)}`;
  return [{ problem: `${at} ${problem}`, at, fix: configFixes[at] ?? (missing ? "add it" : "correct the value") }];
}

/** A key in a path: short, and seen even when it is empty. */
function keyName(key: PropertyKey): string {
  const text = String(key);
  if (text === "") return '""';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function rule(issue: z.core.$ZodIssue): string {
  if (issue.code === "too_big") return `it must be at most ${issue.maximum}`;
  if (issue.code === "too_small") return `it must be at least ${issue.minimum}`;
  if (issue.code === "invalid_type")
    return `it must be ${/^[aeiou]/.test(issue.expected) ? "an" : "a"} ${issue.expected}`;
  if (issue.code === "invalid_key") return `its name ${issue.issues[0]?.message ?? "is not allowed"}`;
  if (issue.code === "invalid_union" && issue.discriminator) {
    return `its ${issue.discriminator} must be one of those that the library offers`;
  }
  if (issue.code === "invalid_value") return `it must be ${issue.values.map((v) => JSON.stringify(v)).join(" or ")}`;
  if (issue.code === "custom" || issue.code === "invalid_format") return `it ${issue.message.replace(/^it /, "")}`;
  return issue.message.replace(/^Invalid input: /, "");
}

/** A value for a message: short, and never a whole object, which could hold a secret. */
function describe(value: unknown): string {
  if (typeof value === "string") return value.length > 60 ? `"${value.slice(0, 57)}…"` : `"${value}"`;
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return "a list";
  return value === undefined ? "missing" : `${/^[aeiou]/.test(typeof value) ? "an" : "a"} ${typeof value}`;
}
