import { isObject, type Properties, type Value } from "../property-values.ts";

/** A Kubernetes object as its API has it: no secret wrappers inside. */
export type KubeObject = Properties;

/** What stands at a path; `undefined` if there is no such path. */
export function pluck(value: Value | undefined, ...path: string[]): Value | undefined {
  let found: Value | undefined = value;
  for (const key of path) found = isObject(found as Value) ? (found as Properties)[key] : undefined;
  return found;
}

/** Text at a path; empty if there is none. */
export function textAt(value: Value | undefined, ...path: string[]): string {
  const found = pluck(value, ...path);
  return typeof found === "string" ? found : "";
}

/** Items of a list at a path that are objects; none if there is no list. */
export function itemsAt(value: Value | undefined, ...path: string[]): KubeObject[] {
  const found = pluck(value, ...path);
  return Array.isArray(found) ? found.filter(isObject) : [];
}

export const nameOf = (object: KubeObject) => textAt(object, "metadata", "name");
export const namespaceOf = (object: KubeObject) => textAt(object, "metadata", "namespace");
export const apiVersionOf = (object: KubeObject) => textAt(object, "apiVersion");
export const kindOf = (object: KubeObject) => textAt(object, "kind");
export const uidOf = (object: KubeObject) => textAt(object, "metadata", "uid");
export const annotationOf = (object: KubeObject, name: string) => textAt(object, "metadata", "annotations", name);
export const isMarked = (object: KubeObject, annotation: string) => annotationOf(object, annotation) === "true";

export const AUTONAMED = "pulumi.com/autonamed";
export const SKIP_AWAIT = "pulumi.com/skipAwait";
export const PATCH_FORCE = "pulumi.com/patchForce";
export const PATCH_FIELD_MANAGER = "pulumi.com/patchFieldManager";

/** The object's ID in Pulumi's state. */
export function idOf(object: KubeObject): string {
  const namespace = namespaceOf(object);
  return namespace ? `${namespace}/${nameOf(object)}` : nameOf(object);
}

/** How messages name an object: the default namespace goes without saying. */
export function fullName(object: KubeObject): string {
  return namespaceOf(object) === "default" ? nameOf(object) : idOf(object);
}

/** Sets a value, making the objects on the way. The objects on the path are changed in place. */
export function put(object: KubeObject, path: string[], value: Value): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) {
    object[key] = value;
    return;
  }
  if (!isObject(object[key] as Value)) object[key] = {};
  put(object[key] as Properties, rest, value);
}

/** Takes a value out, if it is there; the object it stood in stays, even empty. */
export function take(object: KubeObject, ...path: string[]): void {
  const parent = pluck(object, ...path.slice(0, -1));
  if (isObject(parent as Value)) delete (parent as Properties)[path.at(-1)!];
}

export function isOwnedBy(object: KubeObject, owner: KubeObject): boolean {
  return itemsAt(object, "metadata", "ownerReferences").some((reference) => reference.uid === uidOf(owner));
}
