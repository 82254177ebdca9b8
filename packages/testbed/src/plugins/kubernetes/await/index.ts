import { apiVersionOf, isMarked, type KubeObject, kindOf, SKIP_AWAIT } from "../object.ts";
import type { Look, Target } from "../wait.ts";
import { deployment } from "./deployment.ts";
import { ingress } from "./ingress.ts";
import { job } from "./job.ts";
import { persistentVolumeClaim } from "./persistent-volume-claim.ts";
import { pod } from "./pod.ts";
import { service } from "./service.ts";
import { daemonSet, statefulSet } from "./sets.ts";

/** Kinds that are waited for. All others are ready as soon as the API server has them. */
const KINDS: { [apiVersionAndKind: string]: (target: Target) => Look } = {
  "apps/v1/DaemonSet": daemonSet,
  "apps/v1/Deployment": deployment,
  "apps/v1/StatefulSet": statefulSet,
  "batch/v1/Job": job,
  "networking.k8s.io/v1/Ingress": ingress,
  "v1/PersistentVolumeClaim": persistentVolumeClaim,
  "v1/Pod": pod,
  "v1/Service": service,
};

/** The official plugin reads these without asking whether they are ready. */
const NOT_WHEN_READING = ["v1/PersistentVolumeClaim"];

const WAIT_FOR = "pulumi.com/waitFor";

/** How to look whether an object is ready; `undefined` = there is nothing to wait for. */
export function lookAt(target: Target, inputs: KubeObject): Look | undefined {
  if (isMarked(inputs, SKIP_AWAIT)) return undefined;
  const kind = `${apiVersionOf(target.object)}/${kindOf(target.object)}`;
  if (target.reading && NOT_WHEN_READING.includes(kind)) return undefined;
  return KINDS[kind]?.(target);
}

/** @throws for annotations that the stand-in would have to ignore */
export function refuseUnknownWaits(inputs: KubeObject): void {
  const annotations = (inputs.metadata as KubeObject | undefined)?.annotations as KubeObject | undefined;
  for (const name of [WAIT_FOR, "pulumi.com/replaceUnready"]) {
    if (annotations?.[name] !== undefined) throw new Error(`the kubernetes stand-in has no annotation "${name}"`);
  }
}
