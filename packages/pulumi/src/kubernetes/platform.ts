import type { KubernetesAddress, Platform } from "../platform.ts";

/** Kubernetes: one namespace of one cluster. */
export function kubernetesPlatform(address: KubernetesAddress): Platform {
  throw new Error(`Kubernetes (namespace ${address.namespace}) is being built`);
}
