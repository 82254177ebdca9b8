import type * as pulumi from "@pulumi/pulumi";

export interface DockerPlatform {
  readonly kind: "docker";
  /**
   * The Docker Engine: `unix:///path`, `tcp://host:port` or `ssh://user@host`, reached as by the Docker CLI: `ssh` as
   * `~/.ssh/config` has it, `tcp` with TLS by `DOCKER_CERT_PATH`.
   * @default the provider's in the app's resource options, else `docker:host` of the stack config, else `DOCKER_HOST`, else the local socket
   */
  readonly host?: pulumi.Input<string> | undefined;
  /**
   * The deployer does not sit on the Docker host, so it can't reach what that publishes: the live address is then asked
   * from a container in the host's network, and a command gate reaches the candidate through a forwarded port. To be said
   * where the host does not tell: `true` for a forwarded socket or a deployer in a container, `false` for one that does
   * reach the host's published ports.
   * @default whether the Docker Engine is at `tcp://` or `ssh://` of another machine than `localhost`
   */
  readonly remote?: boolean | undefined;
  /** Names of networks that every container joins beside its color's own, such as one with a shared database. */
  readonly networks?: readonly pulumi.Input<string>[] | undefined;
}

/** One Docker host. @example docker({ networks: ["backing-services"] }) */
export function docker(settings: Omit<DockerPlatform, "kind"> = {}): DockerPlatform {
  return { kind: "docker", ...settings };
}
