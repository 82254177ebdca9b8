/** `@bluegreen/pulumi/checks`: what gates and verification ask. */
export type { Check } from "./check.ts";
export * from "./kinds.ts";
export type { Waits } from "./parts/waits.ts";
