import type { Api, Reference } from "./api.ts";
import { ApiError } from "./cluster.ts";
import { absorb, isClientMade, isUnmanaged, leaveIgnored } from "./field-managers.ts";
import { isMarked, type KubeObject, PATCH_FORCE } from "./object.ts";

export interface UpdateOptions {
  preview: boolean;
  ignoreChanges: string[];
  fieldManager: string;
  /** Take fields from their owners. */
  force: boolean;
}

/**
 * Server-side apply. `inputs` is changed in place where a change is ignored.
 * @throws ApiError when a field belongs to somebody else
 */
export async function updateObject(
  api: Api,
  reference: Reference,
  inputs: KubeObject,
  { preview, ignoreChanges, fieldManager, force }: UpdateOptions,
): Promise<KubeObject> {
  let live = await api.get(reference);
  const managedFields = preview ? undefined : absorb(live, fieldManager);
  if (managedFields) {
    live = await api.patch(reference, [{ op: "replace", path: "/metadata/managedFields", value: managedFields }]);
  }
  leaveIgnored(inputs, live, fieldManager, ignoreChanges);
  // In a preview the fields are not ours yet, as they will be.
  const overrule = force || isMarked(inputs, PATCH_FORCE) || (preview && isClientMade(live)) || isUnmanaged(live);
  try {
    return await api.apply(inputs, { fieldManager, force: overrule, dryRun: preview });
  } catch (error) {
    throw error instanceof ApiError && error.reason === "Conflict" ? conflict(fieldManager, error) : error;
  }
}

function conflict(fieldManager: string, error: ApiError): Error {
  return new Error(
    "server-side apply field conflict detected, see https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/" +
      "managing-resources-with-server-side-apply/#handle-field-conflicts-on-existing-resources for troubleshooting help\n" +
      `The resource managed by field manager "${fieldManager}" had an apply conflict: ${error.message}`,
  );
}
