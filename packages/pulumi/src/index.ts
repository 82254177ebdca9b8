export type { Color, CutoverRecord, FaultCode, MigrationRun } from "@bluegreen/core";
export type {
  BlueGreenAppArgs,
  KubernetesServiceArgs,
  MigrationArgs,
  MigrationStep,
  ReleaseArgs,
  RollbackArgs,
  RouterArgs,
  ServiceArgs,
  VerificationArgs,
} from "./app/args.ts";
export { BlueGreenApp } from "./blue-green-app.ts";
export type { Check } from "./checks/check.ts";
export * from "./checks/kinds.ts";
export type { Waits } from "./checks/parts/waits.ts";
export { type CaddySettings, caddy } from "./docker/caddy/settings.ts";
export type { ContainerSpec, ContainerTransform } from "./docker/declare/container-spec.ts";
export { type DockerPlatform, docker } from "./docker/settings.ts";
export type { DeploymentSpec, DeploymentTransform } from "./kubernetes/declare/deployment-spec.ts";
export type { ObjectPlace, ObjectTransform } from "./kubernetes/declare/transform.ts";
export { type IngressRouter, ingress, type ServiceRouter, service } from "./kubernetes/routers/settings.ts";
export { type KubernetesPlatform, kubernetes } from "./kubernetes/settings.ts";
export { type NoRouterArgs, none } from "./workers/settings.ts";
