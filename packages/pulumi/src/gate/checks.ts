import type { Check, Finding, KnownCheck, RecordedCheck, Subject } from "../check.ts";
import { reasonOf } from "../reason.ts";

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
