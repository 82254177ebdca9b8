import { isObject, type Value } from "../../property-values.ts";
import { referenceOf } from "../api.ts";
import { itemsAt, type KubeObject, pluck, textAt } from "../object.ts";
import type { Look, Target } from "../wait.ts";

const SETTLED_AFTER_MS = 10_000;

/**
 * One with a selector is ready when its endpoints haven't changed for about 10 s and none of them is unready, so also
 * when it has none at all; a load balancer needs an address. One without a selector is ready at once.
 */
export function service({ api, object, reading }: Target): Look {
  const changes: number[] = [];
  let seen: Value | undefined;
  return async () => {
    const live = (await api.find(referenceOf(object))) ?? object;
    const addressed = textAt(live, "spec", "type") !== "LoadBalancer" || hasAddress(live);
    if (!hasPodsOfItsOwn(live)) return { object: live, ready: addressed, reasons: addressed ? [] : [NO_ADDRESS] };

    const endpoints = await api.find({ ...referenceOf(object), kind: "Endpoints" });
    const version = pluck(endpoints, "metadata", "resourceVersion");
    if (version !== seen) changes.push(Date.now());
    seen = version;
    // As in the official plugin, a change's 10 s also end the wait for a later change.
    const latest = changes.at(-1);
    const settled =
      latest !== undefined &&
      changes.some((at) => at + SETTLED_AFTER_MS > latest && at + SETTLED_AFTER_MS <= Date.now());
    const subsets = itemsAt(endpoints, "subsets");
    const some = (name: string) => subsets.some((subset) => itemsAt(subset, name).length > 0);
    const pending = some("notReadyAddresses");
    const reasons = [...(some("addresses") ? [] : [NO_PODS]), ...(addressed ? [] : [NO_ADDRESS])];
    return {
      object: live,
      ready: addressed && (settled || reading) && !pending,
      reasons,
      status: settled
        ? "[2/3] Attempting to allocate IP address to Service"
        : "[1/3] Finding Pods to direct traffic to",
    };
  };
}

const NO_PODS =
  "Service does not target any Pods. Selected Pods may not be ready, or " +
  "field '.spec.selector' may not match labels on any Pods";
const NO_ADDRESS = "Service was not allocated an IP address; does your cloud provider support this?";

export const hasAddress = (object: KubeObject) => itemsAt(object, "status", "loadBalancer", "ingress").length > 0;

function hasPodsOfItsOwn(service: KubeObject): boolean {
  if (textAt(service, "spec", "type") === "ExternalName" || textAt(service, "spec", "clusterIP") === "None")
    return false;
  const selector = pluck(service, "spec", "selector");
  return isObject(selector as Value) && Object.keys(selector as KubeObject).length > 0;
}
