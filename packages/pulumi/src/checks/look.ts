import { type CheckSettings, visible } from "@bluegreen/core";
import type { Check, Environment, Finding, KnownCheck, RecordedCheck, Subject } from "../contracts/check.ts";
import { reasonOf } from "../io/reason.ts";
import { redactionOf } from "../io/redact.ts";

type Kind = KnownCheck["kind"];
type CheckOf<K extends Kind> = Check<Extract<KnownCheck, { readonly kind: K }>>;

/** A module each, loaded only where it is used. */
const kinds: { readonly [K in Kind]: () => Promise<CheckOf<K>> } = {
  http: async () => (await import("./http.ts")).checkHttp,
  tcp: async () => (await import("./tcp.ts")).checkTcp,
  grpc: async () => (await import("./grpc.ts")).checkGrpc,
  command: async () => (await import("./command.ts")).checkCommand,
  job: async () => (await import("./job.ts")).checkJob,
  exec: async () => (await import("./exec.ts")).checkExec,
  logs: async () => (await import("./logs.ts")).checkLogs,
  restarts: async () => (await import("./restarts.ts")).checkRestarts,
  cpu: async () => (await import("./usage.ts")).checkCpu,
  memory: async () => (await import("./usage.ts")).checkMemory,
  latency: async () => (await import("./latency.ts")).checkLatency,
  errorRate: async () => (await import("./error-rate.ts")).checkErrorRate,
  prometheus: async () => (await import("./prometheus.ts")).checkPrometheus,
  dependency: async () => (await import("./dependency.ts")).checkDependency,
  window: async () => {
    const { checkWindow } = await import("./window.ts");
    return (check) => checkWindow(check);
  },
  running: async () => (await import("./running.ts")).checkRunning,
};

export const kindNames = Object.keys(kinds);

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

async function look(check: KnownCheck, subject: Subject): Promise<Finding> {
  const lookOnce = (await kinds[check.kind]()) as Check<KnownCheck>;
  return lookOnce(check, subject);
}

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
