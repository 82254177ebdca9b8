import { type Api, referenceOf } from "../api.ts";
import { fullName, isOwnedBy, itemsAt, type KubeObject, namespaceOf, pluck, textAt } from "../object.ts";
import type { Look, Target } from "../wait.ts";

/** Ready when it is scheduled, initialized and ready, or has succeeded. */
export function pod({ api, object }: Target): Look {
  return async () => {
    const live = (await api.find(referenceOf(object))) ?? object;
    const missing = STAGES.find(([type]) => conditionOf(live, type)?.status !== "True");
    const ready = missing === undefined || (missing[0] === "Ready" && textAt(live, "status", "phase") === "Succeeded");
    const status = `Waiting for Pod "${fullName(live)}" to be ${missing?.[1]}`;
    return { object: live, ready, reasons: ready ? [] : faultsOf(live), status };
  };
}

const STAGES = [
  ["PodScheduled", "scheduled"],
  ["Initialized", "initialized"],
  ["Ready", "ready"],
] as const;

const conditionOf = (pod: KubeObject, type: string) =>
  itemsAt(pod, "status", "conditions").find((condition) => condition.type === type);

/** What keeps the pods of an owner from being ready. */
export async function podFaults(api: Api, owner: KubeObject): Promise<string[]> {
  const pods = await api.list("v1", "Pod", namespaceOf(owner));
  return pods.filter((candidate) => isOwnedBy(candidate, owner)).flatMap(faultsOf);
}

function faultsOf(pod: KubeObject): string[] {
  const containers = itemsAt(pod, "status", "containerStatuses").flatMap(containerFaults).join("\n");
  return STAGES.flatMap(([type]) => {
    const condition = conditionOf(pod, type);
    if (!condition || condition.status === "True") return [];
    const message = condition.reason ? textAt(condition, "message") : "";
    if (type === "PodScheduled") return message ? [message] : [];
    return message || containers ? [`[Pod ${fullName(pod)}]: ${message}${containers}`] : [];
  });
}

function containerFaults(status: KubeObject): string[] {
  if (status.ready === true) return [];
  const faults: string[] = [];
  const waiting = pluck(status, "state", "waiting");
  const reason = textAt(waiting, "reason");
  if (waiting !== undefined && reason !== "ContainerCreating") faults.push(`[${reason}] ${textAt(waiting, "message")}`);
  const ended = pluck(status, "state", "terminated");
  if (textAt(ended, "reason")) {
    const message = textAt(ended, "message");
    faults.push(
      message
        ? `[${textAt(ended, "reason")}] ${message}`
        : `container "${status.name}" completed with exit code ${pluck(ended, "exitCode")}`,
    );
  }
  const last = pluck(status, "lastState", "terminated");
  if (last !== undefined) {
    const how = `${textAt(last, "reason")}: exit code ${pluck(last, "exitCode")}`;
    faults.push(`container "${status.name}" terminated at ${textAt(last, "finishedAt")} (${how})`);
  }
  return faults;
}
