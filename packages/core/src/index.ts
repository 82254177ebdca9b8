export * from "./color.ts";
export * from "./cutover.ts";
export * from "./cutover-states.ts";
export * from "./duration.ts";
export * from "./evidence.ts";
export * from "./fault.ts";
export * from "./interlock.ts";
export * from "./percent.ts";
export * from "./record.ts";
export * from "./replicas.ts";
export type * from "./settings/checks.ts";
export type * from "./settings/measures.ts";
export type * from "./settings/platforms.ts";
export { colorPorts } from "./settings/references.ts";
export type { ServiceSettings } from "./settings/services.ts";
// Not the parser, which brings zod: gates and cutover start a process each, and need none of it.
export type * from "./settings/settings.ts";
export * from "./size.ts";
export * from "./weekday.ts";
