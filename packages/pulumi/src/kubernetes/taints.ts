import type { Node, Taint, Toleration } from "./objects.ts";

/** Whether somebody with one of these sets of tolerations may be placed on the node; `null`: nobody knows what it bears. */
export function isOpenTo(node: Node, sets: readonly (readonly Toleration[] | null)[]): boolean {
  const taints = (node.spec.taints ?? []).filter(({ effect }) => effect === "NoSchedule" || effect === "NoExecute");
  if (taints.length === 0) return true;
  return sets.some((set) => set === null || taints.every((taint) => set.some((one) => tolerates(one, taint))));
}

/** Kubernetes' own rule: what is left out of a toleration matches everything. */
function tolerates({ key, operator = "Equal", value = "", effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  return operator === "Exists" || (key !== undefined && operator === "Equal" && value === (taint.value ?? ""));
}
