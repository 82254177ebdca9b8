/**
 * The component, and what any platform has. `@bluegreen/pulumi/docker`, `/kubernetes` and `/checks` have the rest, so that
 * `docker` and `command` are not in the way of what every Pulumi program imports.
 */
export type { Color, CutoverRecord, Duration, FaultCode, MigrationRun, Percent, Size } from "@bluegreen/core";
export type {
  BlueGreenAppArgs,
  KubernetesServiceArgs,
  MigrationArgs,
  MigrationStep,
  ReadyArgs,
  ReleaseArgs,
  RollbackArgs,
  RouterArgs,
  ServiceArgs,
  VerificationArgs,
} from "./app/args.ts";
export { BlueGreenApp } from "./blue-green-app.ts";
export { type NoRouterArgs, none } from "./workers/settings.ts";
