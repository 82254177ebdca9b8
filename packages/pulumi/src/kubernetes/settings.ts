import type { Duration } from "@bluegreen/core";
import type * as pulumi from "@pulumi/pulumi";

export interface KubernetesPlatform {
  readonly kind: "kubernetes";
  /** The namespace that everything of the app lives in. @default "default" */
  readonly namespace?: string | undefined;
  /** Declares the namespace, too; it goes with the stack, and with it all that is in it. @default false */
  readonly createNamespace?: boolean | undefined;
  /**
   * Contents of a kubeconfig, or its path; kept secret.
   * @default the provider's in the app's resource options, else `kubernetes:kubeconfig` of the stack config, else `KUBECONFIG`, `~/.kube/config` or the pod's own account
   */
  readonly kubeconfig?: pulumi.Input<string> | undefined;
  /** Context in it. @default the provider's, else `kubernetes:context` of the stack config, else its current one */
  readonly context?: string | undefined;
  /** How long a release's pods may take to become ready until they are given up. @default "10m", as Kubernetes' own */
  readonly startWithin?: Duration | undefined;
}

/** One namespace of a cluster. @example kubernetes({ namespace: "shop" }) */
export function kubernetes(settings: Omit<KubernetesPlatform, "kind"> = {}): KubernetesPlatform {
  return { kind: "kubernetes", ...settings };
}
