import type { GrpcGate, HttpGate, TcpGate } from "./asking.ts";
import type { CpuGate, LogsGate, MemoryGate, RestartsGate } from "./containers.ts";
import type { DependencyGate, ErrorRateGate, LatencyGate, PrometheusGate, WindowGate } from "./measures.ts";
import type { CommandGate, ExecGate, JobGate } from "./programs.ts";
import type { RunningGate } from "./running-args.ts";

export * from "./asking.ts";
export * from "./containers.ts";
export * from "./measures.ts";
export type { Waits } from "./parts/waits.ts";
export * from "./programs.ts";
export * from "./running-args.ts";

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
