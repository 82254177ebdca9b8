import { referenceOf } from "../api.ts";
import { nameOf, textAt } from "../object.ts";
import type { Look, Target } from "../wait.ts";

/** Ready when it is bound, or, with a class that binds for the first consumer, as soon as it is pending. */
export function persistentVolumeClaim({ api, object }: Target): Look {
  let firstConsumer: boolean | undefined;
  return async () => {
    const live = (await api.find(referenceOf(object))) ?? object;
    const phase = textAt(live, "status", "phase");
    const name = textAt(live, "spec", "storageClassName");
    if (firstConsumer === undefined && name) {
      const found = await api.find({ apiVersion: "storage.k8s.io/v1", kind: "StorageClass", namespace: "", name });
      firstConsumer = found && textAt(found, "volumeBindingMode") === "WaitForFirstConsumer";
    }
    const ready = phase === "Bound" || (firstConsumer === true && phase === "Pending");
    const fault = `PersistentVolumeClaim: [${nameOf(live)}] is not ready. status.phase currently at: ${phase}`;
    return { object: live, ready, reasons: ready ? [] : [fault], status: fault };
  };
}
