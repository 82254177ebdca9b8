import { createHash } from "node:crypto";
import { containsUnknown, type Properties, reveal } from "../property-values.ts";
import type { Checked, NameChoice } from "../provider-server.ts";
import { refuseUnknownWaits } from "./await/index.ts";
import { withSecrets } from "./checkpoint.ts";
import { normalize } from "./normalize.ts";
import {
  AUTONAMED,
  apiVersionOf,
  isMarked,
  type KubeObject,
  kindOf,
  nameOf,
  namespaceOf,
  pluck,
  put,
} from "./object.ts";
import type { Session } from "./session.ts";

/** Normal form, a name, and a namespace. */
export async function check(
  session: Session,
  resourceName: string,
  olds: Properties,
  news: Properties,
  naming: NameChoice,
): Promise<Checked> {
  const inputs = normalize(reveal(news) as Properties);
  const before = reveal(olds) as Properties;
  refuseUnknownWaits(inputs);
  if (pluck(inputs, "metadata", "generateName") !== undefined && !nameOf(inputs)) {
    throw new Error("the `.metadata.generateName` field is not supported in Server-Side Apply mode");
  }
  if (!nameOf(inputs) && isMarked(before, AUTONAMED)) giveName(inputs, nameOf(before));
  else if (!nameOf(inputs) && Object.keys(before).length === 0) {
    if (naming.disabled) {
      throw new Error("autonaming is disabled, resource requires the .metadata.name field to be set");
    }
    giveName(inputs, naming.proposed || automaticName(resourceName, naming.seed));
  }
  if (pluck(inputs, "metadata", "namespace") === undefined) {
    const namespace = await defaultNamespace(session, inputs);
    if (namespace) put(inputs, ["metadata", "namespace"], namespace);
  }
  return { inputs: withSecrets(inputs, news), failures: [] };
}

function giveName(inputs: KubeObject, name: string): void {
  put(inputs, ["metadata", "name"], name);
  // Annotations may not be known yet; then the mark is set by the Check that knows them.
  if (containsUnknown(pluck(inputs, "metadata", "annotations") ?? {})) return;
  put(inputs, ["metadata", "annotations", AUTONAMED], "true");
}

function automaticName(resourceName: string, seed: Uint8Array): string {
  return `${resourceName}-${createHash("sha256").update(seed).digest("hex").slice(0, 8)}`;
}

/** Kinds outside of namespaces, for previews without a cluster. */
const CLUSTER_WIDE = [
  ...["Namespace", "Node", "PersistentVolume", "ClusterRole", "ClusterRoleBinding", "StorageClass", "PriorityClass"],
  ...["IngressClass", "GatewayClass", "RuntimeClass", "APIService", "CustomResourceDefinition", "CSIDriver"],
  ...["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "ValidatingAdmissionPolicy"],
];

async function defaultNamespace(session: Session, inputs: KubeObject): Promise<string | undefined> {
  const reached = await session.reach();
  if ("unreachable" in reached) {
    return CLUSTER_WIDE.includes(kindOf(inputs)) ? undefined : session.settings.namespace;
  }
  const kind = await reached.api.kindInfo(apiVersionOf(inputs), kindOf(inputs));
  const namespaced = kind ? kind.namespaced : !CLUSTER_WIDE.includes(kindOf(inputs));
  return namespaced && namespaceOf(inputs) === "" ? reached.namespace : undefined;
}
