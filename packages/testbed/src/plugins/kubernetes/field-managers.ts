import { isObject, type Properties, type Value } from "../property-values.ts";
import { itemsAt, type KubeObject, pluck, put, take } from "./object.ts";
import { parsePath } from "./path.ts";

/** Who makes objects: a constant name, so that the first update knows what to take over. */
export const CREATOR = "pulumi-kubernetes";

/** Managers whose fields become ours at an update, by the beginning of their names, and how they wrote. */
const ABSORBED: [prefix: string, operation: string][] = [
  ["kubectl", "Apply"],
  ["kubectl", "Update"],
  ["before-first-apply", "Update"],
  [CREATOR, "Update"],
  ["pulumi-resource-kubernetes", "Update"],
];

const managedFieldsOf = (object: KubeObject) => itemsAt(object, "metadata", "managedFields");

/**
 * The `managedFields` in which everything of the absorbed managers is owned by `manager`; `undefined` if there is
 * nothing of theirs. Without it, what was created one way could never be taken out the other way.
 */
export function absorb(object: KubeObject, manager: string): KubeObject[] | undefined {
  const isOurs = (entry: KubeObject) => entry.manager === manager && entry.operation === "Apply" && !entry.subresource;
  const isAbsorbed = (entry: KubeObject) =>
    !entry.subresource &&
    ABSORBED.some(([prefix, operation]) => String(entry.manager).startsWith(prefix) && entry.operation === operation);
  const entries = managedFieldsOf(object);
  const absorbed = entries.filter((entry) => !isOurs(entry) && isAbsorbed(entry));
  const [first] = absorbed;
  if (!first) return undefined;
  const ours = entries.find(isOurs) ?? { ...first, manager, operation: "Apply", fieldsV1: {} };
  const fields = absorbed.reduce((all, entry) => union(all, entry.fieldsV1), ours.fieldsV1);
  const others = entries.filter((entry) => !isOurs(entry) && !absorbed.includes(entry));
  return [...others, { ...ours, fieldsV1: fields ?? {} }];
}

/** Sets of fields are trees whose leaves are empty objects. */
function union(a: Value | undefined, b: Value | undefined): Value {
  const [left, right] = [a, b].map((side) => (isObject(side as Value) ? (side as Properties) : {})) as [
    Properties,
    Properties,
  ];
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return Object.fromEntries(keys.map((key) => [key, union(left[key], right[key])]));
}

/** True if it was last written in the client's way, so that a dry run of an apply would conflict with ourselves. */
export function isClientMade(object: KubeObject): boolean {
  return managedFieldsOf(object).some(
    ({ manager, operation }) =>
      operation === "Update" && (manager === CREATOR || manager === "pulumi-resource-kubernetes"),
  );
}

/** True if nobody is noted as an owner of anything. */
export const isUnmanaged = (object: KubeObject) => managedFieldsOf(object).length === 0;

/**
 * Keeps ignored fields as they are: one that is another's alone goes out of the inputs, which leaves it to its owner;
 * any other gets its live value. Changes `inputs` in place.
 */
export function leaveIgnored(inputs: KubeObject, live: KubeObject, manager: string, ignoreChanges: string[]): void {
  const owned = (by: (entry: KubeObject) => boolean, path: string[]) =>
    managedFieldsOf(live).some(
      (entry) => by(entry) && pluck(entry.fieldsV1, ...path.map((key) => `f:${key}`)) !== undefined,
    );
  for (const ignored of ignoreChanges) {
    const path = parsePath(ignored);
    // Items of lists have no place of their own among owned fields; the official plugin leaves them as wished, too.
    if (path.some((key) => typeof key === "number" || key === "*")) continue;
    const names = path as string[];
    if (owned((entry) => entry.manager !== manager, names) && !owned((entry) => entry.manager === manager, names)) {
      take(inputs, ...names);
      continue;
    }
    const value = pluck(live, ...names);
    if (value !== undefined) put(inputs, names, structuredClone(value));
  }
}
