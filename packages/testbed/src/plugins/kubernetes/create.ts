import { type Api, isMissing, NoSuchKind } from "./api.ts";
import { ApiError } from "./cluster.ts";
import { CREATOR } from "./field-managers.ts";
import type { KubeObject } from "./object.ts";
import { pause } from "./wait.ts";

/** Namespaces and kinds that the same update makes may come a little later: 1 + 2 + 4 + 8 + 16 s. */
const RETRIES = 5;

/** Makes it, or tries in a dry run whether it could be made. */
export async function createObject(
  api: Api,
  inputs: KubeObject,
  preview: boolean,
  cancelled: AbortSignal,
): Promise<KubeObject> {
  for (let retry = 0; ; retry++) {
    try {
      return await api.create(inputs, { fieldManager: CREATOR, dryRun: preview });
    } catch (error) {
      if (error instanceof ApiError && error.reason === "AlreadyExists" && !preview) throw alreadyThere(error);
      const comesLater = error instanceof NoSuchKind || isMissing(error);
      if (preview || !comesLater || retry === RETRIES || cancelled.aborted) throw error;
      await pause(1000 * 2 ** retry, cancelled);
    }
  }
}

function alreadyThere(error: ApiError): Error {
  return new Error(
    `${error.message}\n\nThe resource already exists in the cluster. This can happen when:\n\n` +
      "  - Renaming a Pulumi resource: use an alias to preserve the identity,\n" +
      "    or use deleteBeforeReplace if the resource needs replacement.\n" +
      "  - Adopting a resource into Pulumi: use `pulumi import`.",
  );
}
