import { isObject, type Value } from "../property-values.ts";
import { isConfigMap, isSecret } from "./normalize.ts";
import { apiVersionOf, type KubeObject, kindOf } from "./object.ts";
import type { Path } from "./path.ts";
import type { Settings } from "./settings.ts";

/** Fields that an API server doesn't let anyone change, as the official plugin knows them. "*" is any item of a list. */
const IMMUTABLE: { [apiVersionAndKind: string]: string[] } = {
  "apps/v1/DaemonSet": ["spec.selector"],
  "apps/v1/Deployment": ["spec.selector"],
  "apps/v1/StatefulSet": [
    ...["spec.podManagementPolicy", "spec.revisionHistoryLimit", "spec.selector", "spec.serviceName"],
    "spec.volumeClaimTemplates",
  ],
  "batch/v1/Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/v1/RoleBinding": ["roleRef"],
  "storage.k8s.io/v1/StorageClass": ["parameters", "provisioner"],
  "v1/PersistentVolume": [
    ...["awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "csi", "fc", "flexVolume", "flocker"],
    ...["gcePersistentDisk", "glusterfs", "hostPath", "iscsi", "local", "nfs", "photonPersistentDisk"],
    ...["portworxVolume", "quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume"],
  ].map((source) => `spec.${source}`),
  "v1/PersistentVolumeClaim": ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
  "v1/Pod": [
    ...["affinity", "automountServiceAccountToken", "dnsConfig", "dnsPolicy", "enableServiceLinks", "hostAliases"],
    ...["hostIPC", "hostNetwork", "hostPID", "hostname", "imagePullSecrets", "nodeName", "nodeSelector", "overhead"],
    ...["preemptionPolicy", "priority", "priorityClassName", "readinessGates", "restartPolicy", "runtimeClassName"],
    ...["schedulerName", "securityContext", "serviceAccount", "serviceAccountName", "shareProcessNamespace"],
    ...["subdomain", "terminationGracePeriodSeconds", "volumes"],
    ...containerFields("containers.*"),
    ...containerFields("initContainers.*"),
  ].map((field) => `spec.${field}`),
  "v1/ResourceQuota": ["spec.scopes"],
  "v1/Service": ["spec.clusterIP"],
};

function containerFields(container: string): string[] {
  return [
    ...["args", "command", "env", "image", "imagePullPolicy", "lifecycle", "livenessProbe", "ports", "readinessProbe"],
    ...["resources", "securityContext", "stdin", "stdinOnce", "terminationMessagePath", "terminationMessagePolicy"],
    ...["tty", "volumeDevices", "volumeMounts", "workingDir"],
  ].map((field) => `${container}.${field}`);
}

/** Paths whose change replaces the object. */
export function replacingFields(object: KubeObject, settings: Settings): string[][] {
  const fields = ["metadata.name", "metadata.namespace"];
  if (isSecret(object)) {
    const mutable = settings.enableSecretMutable && object.immutable !== true;
    fields.push("type", ...(mutable ? [] : ["data", "stringData"]));
  } else if (isConfigMap(object)) {
    const mutable = settings.enableConfigMapMutable && object.immutable !== true;
    fields.push(...(mutable ? [] : ["data", "binaryData"]));
  } else fields.push(...(IMMUTABLE[`${apiVersionOf(object)}/${kindOf(object)}`] ?? []));
  return fields.map((field) => field.split("."));
}

/** True if the field is at or above the changed path, or inside the value that comes or goes there. */
export function touches(field: string[], path: Path, value: Value | undefined): boolean {
  const shared = Math.min(field.length, path.length);
  for (let at = 0; at < shared; at++) {
    if (field[at] === "*" ? typeof path[at] !== "number" : field[at] !== path[at]) return false;
  }
  return has(value, field.slice(shared));
}

function has(value: Value | undefined, path: string[]): boolean {
  const [key, ...rest] = path;
  if (key === undefined) return true;
  if (key === "*") return Array.isArray(value) && value.some((item) => has(item, rest));
  return value !== undefined && isObject(value) && key in value && has(value[key], rest);
}
