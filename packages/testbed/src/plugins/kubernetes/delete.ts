import { type Api, isMissing, NoSuchKind, type Reference } from "./api.ts";
import { annotationOf, isMarked, type KubeObject, SKIP_AWAIT, uidOf } from "./object.ts";
import { type Patience, pause } from "./wait.ts";

const LOOK_EVERY_MS = 200;

/** For these, `pulumi.com/skipAwait` speaks of deletion too. */
const SKIPPING = ["Namespace", "Pod", "ReplicationController", "DaemonSet", "Deployment", "StatefulSet", "Job"];

const POLICIES: { [annotation: string]: string } = { orphan: "Orphan", background: "Background" };

/** Deletes it and what belongs to it, and waits until it is gone. What is gone already is fine. */
export async function deleteObject(
  api: Api,
  reference: Reference,
  inputs: KubeObject,
  patience: Patience,
): Promise<void> {
  const policy = POLICIES[annotationOf(inputs, "pulumi.com/deletionPropagationPolicy").toLowerCase()] ?? "Foreground";
  let uid: string;
  try {
    uid = await api.delete(reference, policy);
  } catch (error) {
    if (isMissing(error) || error instanceof NoSuchKind) return;
    throw error;
  }
  if (isMarked(inputs, SKIP_AWAIT) && SKIPPING.includes(reference.kind)) return;
  const deadline = Date.now() + patience.timeoutSeconds * 1000;
  for (;;) {
    const left = await api.find(reference);
    // Somebody else's new one of the same name is not ours to wait for.
    if (!left || (uid !== "" && uidOf(left) !== uid)) return;
    if (patience.cancelled.aborted) throw new Error("context canceled");
    if (Date.now() > deadline) {
      const finalizers = ((left.metadata as KubeObject).finalizers ?? []) as string[];
      if (finalizers.length > 0) patience.status(`finalizers might be preventing deletion (${finalizers.join(", ")})`);
      throw new Error("timed out waiting for the condition");
    }
    await pause(LOOK_EVERY_MS, patience.cancelled);
  }
}
