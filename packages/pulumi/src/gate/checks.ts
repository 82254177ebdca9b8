import type { Check, Finding, KnownCheck, RecordedCheck, Subject } from "../check.ts";
import { reasonOf } from "../reason.ts";

type Kind = KnownCheck["kind"];
type CheckOf<K extends Kind> = Check<Extract<KnownCheck, { readonly kind: K }>>;

/** A module each, loaded only where it is used. */
const kinds: { readonly [K in Kind]: () => Promise<CheckOf<K>> } = {
  http: async () => (await import("./http.ts")).checkHttp,
  command: async () => (await import("./command.ts")).checkCommand,
  job: async () => (await import("./job.ts")).checkJob,
};

/** One look. What breaks on the way to it says nothing about the color. */
export async function lookAt(check: KnownCheck, subject: Subject): Promise<Finding> {
  try {
    const look = (await kinds[check.kind]()) as Check<KnownCheck>;
    return await look(check, subject);
  } catch (error) {
    return { result: "inconclusive", detail: reasonOf(error) };
  }
}

/** A check's name, by its place in the settings: `http-1`. */
export function nameOf({ kind }: { readonly kind: string }, index: number): string {
  return `${kind}-${index + 1}`;
}

/** A check as it was recorded, with the environment that was kept apart from it. */
export function withEnvironment(check: RecordedCheck, env: Readonly<Record<string, string>>): KnownCheck {
  return takesEnvironment(check) ? { ...check, env } : check;
}

export function takesEnvironment(check: RecordedCheck): check is Extract<RecordedCheck, { kind: "command" | "job" }> {
  return check.kind === "command" || check.kind === "job";
}
