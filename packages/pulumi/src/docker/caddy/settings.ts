import type * as pulumi from "@pulumi/pulumi";

export interface CaddySettings {
  readonly kind: "caddy";
  /** The service that users reach. */
  readonly expose: string;
  /** The live port on the Docker host. */
  readonly port: number;
  /** Ports on the host's loopback on which each color answers by itself. @default the two ports after `port` */
  readonly colorPorts?: { readonly blue: number; readonly green: number } | undefined;
  /** Address of the host that the live port is bound to. @default "0.0.0.0", all of them */
  readonly bind?: string | undefined;
  /**
   * Caddy's image; it must contain `caddy`, a shell and `nc`, as the official Alpine image does. Another one replaces the
   * router's container, so a newer default of this library only reaches a router that is there when it is named here.
   * @default "caddy:2.11.9-alpine"
   */
  readonly image?: pulumi.Input<string> | undefined;
}

/** Caddy in a container of its own as the stable router. @example caddy({ expose: "web", port: 8080 }) */
export function caddy(settings: Omit<CaddySettings, "kind">): CaddySettings {
  return { kind: "caddy", ...settings };
}
