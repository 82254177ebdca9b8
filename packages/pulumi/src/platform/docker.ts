import type * as pulumi from "@pulumi/pulumi";

export interface DockerPlatform {
  readonly kind: "docker";
  /**
   * The Docker Engine: `unix:///path`, `tcp://host:port` or `ssh://user@host`.
   * @default `docker:host` of the stack config, else `DOCKER_HOST`, else the local socket
   */
  readonly host?: pulumi.Input<string> | undefined;
  /** Names of networks that every container joins beside its color's own, such as one with a shared database. */
  readonly networks?: readonly pulumi.Input<string>[] | undefined;
}

/** One Docker host. @example docker({ networks: ["backing-services"] }) */
export function docker(settings: Omit<DockerPlatform, "kind"> = {}): DockerPlatform {
  return { kind: "docker", ...settings };
}
