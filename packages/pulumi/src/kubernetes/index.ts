/**
 * `@bluegreen/pulumi/kubernetes`: one namespace of a cluster, and a Service or an Ingress as its router. It stands on
 * `@pulumi/kubernetes` and `@kubernetes/client-node`.
 */
import { declares } from "../app/declaration-of.ts";
import { KubernetesDeclaration } from "./declare/declaration.ts";
import { wantedPorts } from "./declare/node-ports.ts";

export type { DeploymentSpec, DeploymentTransform } from "./declare/deployment-spec.ts";
export type { ObjectPlace, ObjectTransform } from "./declare/transform.ts";
export { type IngressRouter, ingress, type ServiceRouter, service } from "./routers/settings.ts";
export { type KubernetesPlatform, kubernetes } from "./settings.ts";

declares("kubernetes", {
  wantedPorts,
  declare: ({ transform: { deployment, object }, ...parts }) => {
    return new KubernetesDeclaration({ ...parts, deployment, object });
  },
});
