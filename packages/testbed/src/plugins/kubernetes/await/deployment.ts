import { type Api, referenceOf } from "../api.ts";
import { annotationOf, isOwnedBy, itemsAt, type KubeObject, namespaceOf, pluck } from "../object.ts";
import type { Look, Sight, Target } from "../wait.ts";
import { podFaults } from "./pod.ts";

const REVISION = "deployment.kubernetes.io/revision";

/**
 * Ready when the controller has seen this generation, the Deployment is available, its newest ReplicaSet has all its
 * pods ready and, unless it is the first one, the rollout is complete. A rollout past its progress deadline is still
 * waited for: so does the official plugin.
 *
 * Every version counts, however short it lived. For an update that changes the scale and the pods, the controller first
 * scales the old ReplicaSet and says that it has seen the generation; the official plugin takes that for the end.
 */
export function deployment({ api, object, reading, over }: Target): Look {
  const versions = reading ? undefined : api.versionsFrom(object, over);
  return async () => {
    const seen = (await versions)?.() ?? [];
    if (seen.length === 0) seen.push((await api.find(referenceOf(object))) ?? object);
    const sets = await api.list("apps/v1", "ReplicaSet", namespaceOf(object));
    let last: Sight | undefined;
    for (const version of seen) {
      last = await judge(api, version, sets, reading);
      if (last.ready) break;
    }
    return last!;
  };
}

async function judge(api: Api, live: KubeObject, sets: KubeObject[], reading: boolean): Promise<Sight> {
  const revision = annotationOf(live, REVISION);
  const observed = pluck(live, "status", "observedGeneration") === pluck(live, "metadata", "generation");
  if (!revision || !(observed || reading)) return { object: live, ready: false, reasons: [TOO_FEW_LIVE] };
  const conditions = itemsAt(live, "status", "conditions");
  const condition = (type: string) => conditions.find((candidate) => candidate.type === type);
  const available = condition("Available")?.status === "True";
  const progressing = condition("Progressing");
  const complete = progressing?.status === "True" && progressing.reason === "NewReplicaSetAvailable";

  const newest = sets.find((set) => isOwnedBy(set, live) && annotationOf(set, REVISION) === revision);
  const wanted = Number(pluck(newest, "spec", "replicas") ?? 1);
  const running = Number(pluck(newest, "status", "readyReplicas") ?? 0);
  const rolledOut = newest !== undefined && running >= wanted;
  const isFirst = revision === "1";
  if (available && rolledOut && (isFirst || complete)) return { object: live, ready: true, reasons: [] };

  const faults = conditions
    .filter(({ type, status }) => (type === "Available" || type === "Progressing") && status !== "True")
    .map(({ reason, message }) => `[${reason}] ${message}`);
  const lack = !available ? TOO_FEW_LIVE : isFirst || !complete ? TOO_FEW_FOR_LIFE : NOT_ROLLED_OUT;
  return {
    object: live,
    ready: false,
    reasons: [...faults, lack, ...(newest ? await podFaults(api, newest) : [])],
    status: `Waiting for app ReplicaSet to be available (${running}/${wanted} Pods available)`,
  };
}

const TOO_FEW_LIVE = "Minimum number of live Pods was not attained";
const TOO_FEW_FOR_LIFE = "Minimum number of Pods to consider the application live was not attained";
const NOT_ROLLED_OUT = "Attempted to roll forward to new ReplicaSet, but minimum number of Pods did not become live";
