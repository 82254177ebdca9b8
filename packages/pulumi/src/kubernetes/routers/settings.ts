import type { Duration } from "@bluegreen/core";
import type * as pulumi from "@pulumi/pulumi";

export interface ServiceRouter {
  readonly kind: "service";
  /** The service that users reach. */
  readonly expose: string;
  /** Name of the stable Service. @default the app's identity, such as "shop-a1b2c3" */
  readonly name?: string | undefined;
  /**
   * Its ports; the first is the one that is verified.
   * @default the port on which the exposed service listened when the app was made
   */
  readonly ports?:
    | readonly {
        /** @default "http" */
        readonly name?: string;
        readonly port: number;
        /**
         * Port of the pods, by number or by the name of one that `transform.deployment` adds. It is recorded with each
         * release: an edit comes with a color's next version. @default the exposed service's
         */
        readonly targetPort?: number | string;
        /** With type NodePort or LoadBalancer. @default chosen by Kubernetes */
        readonly nodePort?: number;
        /** @default "TCP" */
        readonly protocol?: "TCP" | "UDP" | "SCTP";
      }[]
    | undefined;
  /** @default "ClusterIP" */
  readonly type?: "ClusterIP" | "NodePort" | "LoadBalancer" | undefined;
  /** Such as those by which a cloud configures its load balancer. */
  readonly annotations?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
  /**
   * Where the machine that runs Pulumi reaches the live address, such as "http://127.0.0.1:30080": then verification
   * asks there. @default through the API server's proxy to the Service
   */
  readonly url?: string | undefined;
  /**
   * Routes through a Service of that name that someone else made and keeps: its traffic stays until the first switch, its
   * ports, type and annotations are not this program's, and `destroy` leaves it. @default false
   */
  readonly adopt?: boolean | undefined;
}

export interface IngressRouter {
  readonly kind: "ingress";
  /** The service that users reach. */
  readonly expose: string;
  /** Name of the Ingress. @default the app's identity */
  readonly name?: string | undefined;
  /** @default every host */
  readonly host?: string | undefined;
  /** @default "/" */
  readonly path?: string | undefined;
  /** @default "Prefix" */
  readonly pathType?: "Prefix" | "Exact" | "ImplementationSpecific" | undefined;
  /** The controller's class. @default the cluster's default one */
  readonly className?: string | undefined;
  /** Secret with the certificate. */
  readonly tlsSecret?: string | undefined;
  readonly annotations?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
  /**
   * What the cutover writes. `"service"`: the selector of a stable Service; the Ingress never changes. `"ingress"`: the
   * Ingress's backend, for controllers that are slow to follow a selector. @default "service"
   */
  readonly switches?: "service" | "ingress" | undefined;
  /**
   * How long the controller takes at most to follow a change. Until then its answers may come from either color: so long
   * the cutover asks the new color's pods themselves, and lets the old one's alone. In-cluster controllers need 2 to 4
   * seconds; a load balancer that a cloud configures may need a minute. @default "5s"
   */
  readonly followWithin?: Duration | undefined;
  /** Where the machine that runs Pulumi reaches the controller. @default through the API server's proxy to the Service */
  readonly url?: string | undefined;
}

/** A Service as the stable router. @example service({ expose: "web", name: "shop", type: "LoadBalancer" }) */
export function service(settings: Omit<ServiceRouter, "kind">): ServiceRouter {
  return { kind: "service", ...settings };
}

/** An Ingress as the stable router. @example ingress({ expose: "web", host: "shop.example.org" }) */
export function ingress(settings: Omit<IngressRouter, "kind">): IngressRouter {
  return { kind: "ingress", ...settings };
}
