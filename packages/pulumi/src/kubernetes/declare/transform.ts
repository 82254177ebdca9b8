import type { Color } from "@bluegreen/core";

/** Which object is about to be declared. */
export interface ObjectPlace {
  readonly kind:
    | "Namespace"
    | "Service"
    | "Ingress"
    | "ConfigMap"
    | "Secret"
    | "HorizontalPodAutoscaler"
    | "PodDisruptionBudget";
  readonly color?: Color;
  readonly service?: string;
}

/**
 * Last word on the arguments of an object as `@pulumi/kubernetes` takes them. It applies at once, but for what belongs to
 * a release that was live. It is not asked about Deployments: their transform is recorded with the release.
 */
export type ObjectTransform = (args: any, place: ObjectPlace) => any;

export type Transformed = <T>(place: ObjectPlace, args: T) => T;

export function transformer(transform: ObjectTransform | undefined): Transformed {
  return (place, args) => (transform ? transform(args, place) : args);
}
