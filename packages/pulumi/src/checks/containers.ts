import type { Waits } from "./parts/waits.ts";

interface Watches extends Waits {
  /** The service whose containers are looked at. @default all of the color's */
  readonly service?: string | undefined;
}

export interface LogsGate extends Watches {
  readonly kind: "logs";
  /** Regular expression that a line of each container must match. */
  readonly matches?: string | undefined;
  /** Regular expression that no line may match. */
  readonly never?: string | undefined;
  /** How far back lines are looked at; Kubernetes counts whole seconds. @default since the container was started */
  readonly since?: string | undefined;
}

/** What containers print. More than 32 MiB are not looked through. @example logs({ never: "ERROR|panic", since: "60s" }) */
export function logs(settings: Omit<LogsGate, "kind">): LogsGate {
  return { kind: "logs", ...settings };
}

export interface RestartsGate extends Watches {
  readonly kind: "restarts";
  /** How often a container may have ended by itself since it was created. @default 0 */
  readonly atMost?: number | undefined;
  /**
   * One that has run for longer than this since then is stable again, and its restarts count no more: so a color that was
   * live for weeks can be gone back to. @default they always count
   */
  readonly since?: string | undefined;
}

/** Containers that end and are started again. @example restarts({ atMost: 0 }) */
export function restarts(settings: Omit<RestartsGate, "kind"> = {}): RestartsGate {
  return { kind: "restarts", ...settings };
}

export interface CpuGate extends Watches {
  readonly kind: "cpu";
  /**
   * Each container's processor time, such as `"70%"`; more than 100 % of one processor is possible. What the service's
   * limit rules out anyway is refused: it would always pass.
   */
  readonly below: string;
  /** Of one processor, as `docker stats` counts, or of the service's `resources.cpus`. @default "processor" */
  readonly of?: "processor" | "limit" | undefined;
}

/**
 * Processor time over a second. On Kubernetes it is asked of the metrics API, or where there is none inside the
 * container, for which its image needs a shell. @example cpu({ below: "70%" })
 */
export function cpu(settings: Omit<CpuGate, "kind">): CpuGate {
  return { kind: "cpu", ...settings };
}

export interface MemoryGate extends Watches {
  readonly kind: "memory";
  /** A size such as `"400MB"` below the service's limit, or a share of its `resources.memory` such as `"80%"`. */
  readonly below: string;
}

/** Each container's memory, without what the system could drop at once. @example memory({ below: "80%" }) */
export function memory(settings: Omit<MemoryGate, "kind">): MemoryGate {
  return { kind: "memory", ...settings };
}
