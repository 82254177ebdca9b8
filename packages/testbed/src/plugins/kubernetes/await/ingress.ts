import { referenceOf } from "../api.ts";
import { itemsAt, nameOf, namespaceOf, pluck, textAt } from "../object.ts";
import type { Look, Target } from "../wait.ts";
import { hasAddress } from "./service.ts";

const SETTLED_AFTER_MS = 10_000;

/** Ready when its controller has given it an address and the Services of its rules have endpoints, or 10 s are over. */
export function ingress({ api, object, reading }: Target): Look {
  const begun = Date.now();
  return async () => {
    const live = (await api.find(referenceOf(object))) ?? object;
    const settled = reading || Date.now() - begun > SETTLED_AFTER_MS;
    const known = settled ? [] : await api.list("v1", "Endpoints", namespaceOf(live));
    const targeted = itemsAt(live, "spec", "rules")
      .flatMap((rule) => itemsAt(rule, "http", "paths"))
      .map((path) => textAt(pluck(path, "backend", "service"), "name"))
      .every((name) => settled || !name || known.some((endpoints) => nameOf(endpoints) === name));
    const reasons = [...(targeted ? [] : [NO_TARGET]), ...(hasAddress(live) ? [] : [NO_ADDRESS])];
    const status = "[2/3] Waiting for update of .status.loadBalancer with hostname/IP";
    return { object: live, ready: reasons.length === 0, reasons, status };
  };
}

const NO_TARGET = "Ingress has at least one rule with an unavailable target endpoint.";
const NO_ADDRESS = "Ingress .status.loadBalancer field was not updated with a hostname/IP address.";
