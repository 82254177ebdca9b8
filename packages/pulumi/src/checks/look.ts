import { type CheckSettings, visible } from "@bluegreen/core";
import type { Environment, Finding, KnownCheck, RecordedCheck, Subject } from "../contracts/check.ts";
import { reasonOf } from "../io/reason.ts";
import { redactionOf } from "../io/redact.ts";
import "./kinds.ts";
import { lookOf } from "./parts/kind.ts";

/**
 * One look. What breaks on the way to it says nothing about the color. What it found holds neither these secrets nor the
 * check's own: nobody who shows or keeps it has to know them.
 */
export async function lookAt(check: KnownCheck, subject: Subject, secrets: readonly string[] = []): Promise<Finding> {
  const redact = redactionOf([...secrets, ...Object.values(secretsOf(check))]);
  const found = await look(check, subject).catch(
    (error): Finding => ({ result: "inconclusive", detail: reasonOf(error) }),
  );
  const output = found.output === undefined ? {} : { output: redact(found.output) };
  return { ...found, ...output, detail: visible(redact(found.detail)) };
}

/** A rejection, also for what is thrown before anything was asked. */
const look = async (check: KnownCheck, subject: Subject) => lookOf(check)(check, subject);

/** A check's name, by its place in the settings: `http-1`. */
export function nameOf({ kind }: { readonly kind: string }, index: number): string {
  return `${kind}-${index + 1}`;
}

/** The setting of a kind whose values may be secret. It is recorded apart from the rest. */
const confidential: Readonly<Record<string, string>> = { command: "env", job: "env", prometheus: "headers" };

/** Those values by name; none for a kind that has no such setting. */
export function secretsOf(check: KnownCheck): Environment;
export function secretsOf(check: CheckSettings): Readonly<Record<string, unknown>>;
export function secretsOf(check: CheckSettings): Readonly<Record<string, unknown>> {
  return (check as Readonly<Record<string, any>>)[confidential[check.kind] ?? ""] ?? {};
}

/** A check as it is recorded. */
export function withoutSecrets(check: CheckSettings): RecordedCheck {
  const { [confidential[check.kind] ?? ""]: _secret, ...rest } = check as Readonly<Record<string, unknown>>;
  return rest as RecordedCheck;
}

/** A check as it was recorded, with the values that were kept apart from it. */
export function withSecrets(check: RecordedCheck, secrets: Environment): KnownCheck {
  const setting = confidential[check.kind];
  return (setting === undefined ? check : { ...check, [setting]: secrets }) as KnownCheck;
}
