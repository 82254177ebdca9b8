/** Every kind of check, a line each: its constructor and its settings. */
export { type CertificateCheck, certificate } from "./certificate.ts";
export { type CommandCheck, command } from "./command.ts";
export { type CpuCheck, cpu } from "./cpu.ts";
export { type DependencyCheck, dependency } from "./dependency.ts";
export { type ErrorRateCheck, errorRate } from "./error-rate.ts";
export { type ExecCheck, exec } from "./exec.ts";
export { type GrpcCheck, grpc } from "./grpc.ts";
export { type HttpCheck, http } from "./http.ts";
export { type JobCheck, job } from "./job.ts";
export { type LatencyCheck, latency } from "./latency.ts";
export { type LogsCheck, logs } from "./logs.ts";
export { type MemoryCheck, memory } from "./memory.ts";
export { type PrometheusCheck, prometheus } from "./prometheus.ts";
export { type RestartsCheck, restarts } from "./restarts.ts";
export { type RunningCheck, running } from "./running.ts";
export { type TcpCheck, tcp } from "./tcp.ts";
export { type WindowCheck, window } from "./window.ts";
