export type { Color, CutoverRecord } from "@bluegreen/core";
export type { BlueGreenAppArgs, ReleaseArgs, ServiceArgs, VerificationArgs } from "./args.ts";
export { BlueGreenApp } from "./blue-green-app.ts";
export { type CommandGate, command, type Gate, type HttpGate, http } from "./gate.ts";
export type { ContainerSpec, ContainerTransform } from "./platform/docker/container-spec.ts";
export { type DockerPlatform, docker } from "./platform/docker.ts";
export { type CaddySettings, caddy } from "./router/caddy-settings.ts";
