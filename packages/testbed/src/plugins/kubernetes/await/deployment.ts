import { referenceOf } from "../api.ts";
import { annotationOf, isOwnedBy, itemsAt, type KubeObject, namespaceOf, pluck } from "../object.ts";
import type { Look, Sight, Target } from "../wait.ts";
import { podFaults } from "./pod.ts";

const REVISION = "deployment.kubernetes.io/revision";

/**
 * Ready when the controller has seen this generation, the Deployment is available, its newest ReplicaSet has all its
 * pods ready and, unless it is the first one, the rollout is complete. A rollout past its progress deadline is still
 * waited for: so does the official plugin.
 */
export function deployment({ api, object, reading }: Target): Look {
  return async () => {
    const live = (await api.find(referenceOf(object))) ?? object;
    const revision = annotationOf(live, REVISION);
    const observed = pluck(live, "status", "observedGeneration") === pluck(live, "metadata", "generation");
    if (!revision || !(observed || reading)) return waiting(live, "Minimum number of live Pods was not attained");
    const conditions = itemsAt(live, "status", "conditions");
    const condition = (type: string) => conditions.find((candidate) => candidate.type === type);
    const available = condition("Available")?.status === "True";
    const progressing = condition("Progressing");
    const complete = progressing?.status === "True" && progressing.reason === "NewReplicaSetAvailable";

    const sets = (await api.list("apps/v1", "ReplicaSet", namespaceOf(live))).filter((set) => isOwnedBy(set, live));
    const newest = sets.find((set) => annotationOf(set, REVISION) === revision);
    const wanted = Number(pluck(newest, "spec", "replicas") ?? 1);
    const running = Number(pluck(newest, "status", "readyReplicas") ?? 0);
    const rolledOut = newest !== undefined && running >= wanted;
    const isFirst = revision === "1";
    if (available && rolledOut && (isFirst || complete)) return { object: live, ready: true, reasons: [] };

    const faults = conditions
      .filter(({ type, status }) => (type === "Available" || type === "Progressing") && status !== "True")
      .map(({ reason, message }) => `[${reason}] ${message}`);
    const pods = newest ? await podFaults(api, newest) : [];
    const lack = !available
      ? "Minimum number of live Pods was not attained"
      : isFirst || !complete
        ? "Minimum number of Pods to consider the application live was not attained"
        : "Attempted to roll forward to new ReplicaSet, but minimum number of Pods did not become live";
    return {
      object: live,
      ready: false,
      reasons: [...faults, lack, ...pods],
      status: `Waiting for app ReplicaSet to be available (${running}/${wanted} Pods available)`,
    };
  };
}

const waiting = (object: KubeObject, reason: string): Sight => ({ object, ready: false, reasons: [reason] });
