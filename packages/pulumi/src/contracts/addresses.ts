import type { NoRouterSettings } from "@bluegreen/core";

export type PlatformAddress = DockerAddress | KubernetesAddress;

export interface DockerAddress {
  readonly kind: "docker";
  /** Docker host; empty for the ambient one. */
  readonly host: string;
  /** Said by the program; otherwise the host tells. */
  readonly remote?: boolean;
}

export interface KubernetesAddress {
  readonly kind: "kubernetes";
  /** Contents of a kubeconfig or its path, a secret; empty for the ambient one: `KUBECONFIG`, `~/.kube/config` or in-cluster. */
  readonly kubeconfig: string;
  /** Context in it; empty for its current one. */
  readonly context: string;
  readonly namespace: string;
}

/** The router as it was declared: what is needed to find it, to ask it and to move it. */
export type RouterAddress = CaddyRouterAddress | ServiceRouterAddress | IngressRouterAddress | NoRouterAddress;

export interface NoRouterAddress {
  readonly kind: "none";
  /** Name of the object that holds the record, where the platform has it as one. */
  readonly name: string;
  /** How long what was started has to become ready. */
  readonly startMs: number;
}

export interface CaddyRouterAddress {
  readonly kind: "caddy";
  /** Id of the router's container, and its image. */
  readonly container: string;
  readonly image: string;
  /** Networks of the colors, in which it stands. */
  readonly networks: readonly string[];
  /** Where users reach it, as seen by the Docker host. */
  readonly live: { readonly host: string; readonly port: number };
}

export interface ServiceRouterAddress {
  readonly kind: "service";
  /** Name of the stable Service. */
  readonly name: string;
  /** The Service's port that is asked. */
  readonly port: number;
  /** Where the deployer reaches the live address itself; empty: through the API server's proxy. */
  readonly url: string;
  /** `Host` that is asked for at `url`; empty: the one in it. */
  readonly host?: string;
  /** How long an ingress controller in front of it takes to follow a change. */
  readonly followMs?: number;
  /** Someone else made it and declares it. */
  readonly adopted?: boolean;
}

export interface IngressRouterAddress {
  readonly kind: "ingress";
  /** Name of the Ingress whose backend the cutover writes. */
  readonly name: string;
  readonly rules: readonly { readonly host: string; readonly path: string; readonly pathType: string }[];
  /** As of a Service. */
  readonly url: string;
  readonly followMs?: number;
}

/**
 * An object of a platform that routes, as it was declared: all of it but what the cutover writes and what identifies it.
 * When it changes, the live address is looked at.
 */
export interface RouterObject {
  /** `Service shop`. */
  readonly object: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** One router, and the service that it exposes. */
export interface Front {
  readonly router: RouterAddress;
  readonly service: string;
}

/**
 * All that stands in front of an app, in the order in which it is switched. The first router leads: its color is the
 * app's, and its live address the one that is meant where none is named.
 */
export interface Fronts extends Front {
  /** The other routers; absent where there is only one. */
  readonly followers?: readonly Front[];
}

/** How the interlock finds a router that it has no address of yet. */
export interface RouterQuery {
  readonly kind: RouterAddress["kind"];
  /** Name of the routed object; empty where it gets one from the app's identity. */
  readonly name: string;
  /** One that someone else made may be taken over. */
  readonly adopt: boolean;
  /** Of such a one: its port that is meant; left out where it is to have one only. */
  readonly port?: number;
  /** Without a router: which services never run in both colors at once. */
  readonly exclusive?: NoRouterSettings["exclusive"];
}

/** A TCP port of the host, or of a cluster's nodes, at which the app's router listens. */
export interface PublishedPort {
  /** Address that it is bound to; empty for all. */
  readonly host: string;
  readonly port: number;
  /** The setting that says so: `router.port`. */
  readonly at: string;
}
