/** `@bluegreen/pulumi/docker`: one Docker host, and Caddy in front of it. It stands on `@pulumi/docker`. */
import { declares } from "../app/declaration-of.ts";
import { DockerDeclaration } from "./declare/declaration.ts";
import { wantedPorts } from "./declare/ports.ts";
import { remoteFaults } from "./declare/remote.ts";

export { type CaddySettings, caddy } from "./caddy/settings.ts";
export type { ContainerSpec, ContainerTransform } from "./declare/container-spec.ts";
export { type DockerPlatform, docker } from "./settings.ts";

declares("docker", {
  faultsOf: remoteFaults,
  wantedPorts,
  declare: ({ transform, ...parts }) => new DockerDeclaration({ ...parts, transform: transform.container }),
});
