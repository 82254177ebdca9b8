import { referenceOf } from "../api.ts";
import { type KubeObject, pluck, textAt } from "../object.ts";
import type { Look, Target } from "../wait.ts";
import { podFaults } from "./pod.ts";

/** Ready when all replicas of the newest revision are, and nothing of an older one is left. */
export const statefulSet = pods((live) => {
  const wanted = Number(pluck(live, "spec", "replicas") ?? 1);
  const count = (name: string) => Number(pluck(live, "status", name) ?? 0);
  const rolling = textAt(live, "spec", "updateStrategy", "type") !== "OnDelete";
  const revised = textAt(live, "status", "currentRevision") === textAt(live, "status", "updateRevision");
  const ready = count("replicas") === wanted && count("readyReplicas") === wanted && (revised || !rolling);
  return { ready, running: count("readyReplicas"), wanted };
});

/** Ready when every node that should has a pod of this generation, ready. */
export const daemonSet = pods((live) => {
  const wanted = Number(pluck(live, "status", "desiredNumberScheduled") ?? 0);
  const count = (name: string) => Number(pluck(live, "status", name) ?? 0);
  const rolling = textAt(live, "spec", "updateStrategy", "type") !== "OnDelete";
  const ready = count("numberAvailable") >= wanted && (!rolling || count("updatedNumberScheduled") >= wanted);
  return { ready, running: count("numberReady"), wanted };
});

function pods(judge: (live: KubeObject) => { ready: boolean; running: number; wanted: number }) {
  return ({ api, object }: Target): Look =>
    async () => {
      const live = (await api.find(referenceOf(object))) ?? object;
      const observed = pluck(live, "status", "observedGeneration") === pluck(live, "metadata", "generation");
      const { ready, running, wanted } = judge(live);
      if (observed && ready) return { object: live, ready: true, reasons: [] };
      const lack = `${running} out of ${wanted} Pods are ready`;
      const status = `Waiting for ${object.kind} to roll out (${running}/${wanted} Pods ready)`;
      return { object: live, ready: false, reasons: [lack, ...(await podFaults(api, live))], status };
    };
}
