import type { GrpcGate, HttpGate, TcpGate } from "./checks/asking.ts";
import type { CpuGate, LogsGate, MemoryGate, RestartsGate } from "./checks/containers.ts";
import type { DependencyGate, ErrorRateGate, LatencyGate, PrometheusGate, WindowGate } from "./checks/measures.ts";
import type { CommandGate, ExecGate, JobGate } from "./checks/programs.ts";
import type { RunningGate } from "./checks/running.ts";

export * from "./checks/asking.ts";
export * from "./checks/containers.ts";
export * from "./checks/measures.ts";
export * from "./checks/programs.ts";
export * from "./checks/running.ts";
export type { Waits } from "./checks/waits.ts";

/**
 * A check of a color: one that must pass before the switch, or one of those by which it is watched after it. What can't
 * be told has not passed.
 */
export type Gate =
  | HttpGate
  | TcpGate
  | GrpcGate
  | CommandGate
  | JobGate
  | ExecGate
  | LogsGate
  | RestartsGate
  | CpuGate
  | MemoryGate
  | LatencyGate
  | ErrorRateGate
  | PrometheusGate
  | DependencyGate
  | WindowGate
  | RunningGate;
