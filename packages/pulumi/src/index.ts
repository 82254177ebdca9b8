export type { Color, CutoverRecord, MigrationRun } from "@bluegreen/core";
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
} from "./args.ts";
export { BlueGreenApp } from "./blue-green-app.ts";
export * from "./gate.ts";
export type { ContainerSpec, ContainerTransform } from "./platform/docker/container-spec.ts";
export { type DockerPlatform, docker } from "./platform/docker.ts";
export type { DeploymentSpec, DeploymentTransform } from "./platform/kubernetes/deployment-spec.ts";
export type { ObjectPlace, ObjectTransform } from "./platform/kubernetes/transform.ts";
export { type KubernetesPlatform, kubernetes } from "./platform/kubernetes.ts";
export { type CaddySettings, caddy } from "./router/caddy-settings.ts";
export { type IngressRouter, ingress, type ServiceRouter, service } from "./router/kubernetes-settings.ts";
export { type NoRouterArgs, none } from "./router/none-settings.ts";
