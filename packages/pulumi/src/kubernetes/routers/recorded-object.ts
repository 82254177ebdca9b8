import type { RouterRecord } from "@bluegreen/core";
import type { Seen, Written } from "../../contracts/router.ts";
import type { KubernetesClient } from "../client.ts";
import { KubernetesError } from "../error.ts";
import { fieldManager, recordAnnotation } from "../labels.ts";
import type { Meta } from "../objects.ts";

/**
 * A Kubernetes object one of whose fields decides where traffic goes. The record is an annotation of it, so both change
 * in one server-side apply; its resourceVersion makes that a compare-and-swap. Everything else of the object stays with
 * who declared it.
 */
export interface RecordedObject {
  readonly kind: "Service" | "Ingress";
  readonly name: string;
  /** The app's identity. */
  readonly app: string;
}

export function tokenOf({ uid, resourceVersion }: Meta): string {
  return `${uid}/${resourceVersion}`;
}

/** The record beside the traffic; `null` when there is none that can be read. */
export function recordOf({ annotations }: Meta): RouterRecord | null {
  const text = annotations?.[recordAnnotation];
  if (text === undefined) return null;
  try {
    const record: unknown = JSON.parse(text);
    return typeof record === "object" && record !== null && "backends" in record ? (record as RouterRecord) : null;
  } catch {
    return null;
  }
}

/** "kubectl-patch at 2026-01-31T12:00:00Z": who, other than this app, wrote a field of `spec` last; `null` for nobody. */
export function moverOf({ managedFields }: Meta, field: string, app: string): string | null {
  const others = (managedFields ?? []).filter(({ manager, fieldsV1 }) => {
    const spec = fieldsV1?.["f:spec"] as Record<string, unknown> | undefined;
    return manager !== fieldManager(app) && spec?.[`f:${field}`] !== undefined;
  });
  const last = others.sort((a, b) => ((a.time ?? "") < (b.time ?? "") ? 1 : -1))[0];
  return last ? `${last.manager || "someone"} at ${last.time ?? "an unknown time"}` : null;
}

/** Writes field, record and `more` annotations as this app's, if the object is still as it was seen. */
export async function writeRecorded(
  client: KubernetesClient,
  object: RecordedObject,
  spec: object,
  record: RouterRecord,
  seen: Seen,
  more: Readonly<Record<string, string>> = {},
): Promise<Written> {
  const [uid, resourceVersion] = seen.token.split("/");
  const annotations = { ...more, [recordAnnotation]: JSON.stringify(record) };
  const change = { metadata: { name: object.name, uid, resourceVersion, annotations }, spec };
  const started = performance.now();
  try {
    const written = await client.apply(object.kind, object.name, change, fieldManager(object.app));
    return { result: "written", token: tokenOf(written.metadata), ms: performance.now() - started };
  } catch (error) {
    if (!isStale(error)) throw error;
    return { result: "conflict", token: seen.token, ms: performance.now() - started };
  }
}

/** The object was changed or removed since it was seen (409), or is another one of that name (422). */
function isStale(error: unknown): boolean {
  if (!(error instanceof KubernetesError)) return false;
  return error.status === 409 || (error.status === 422 && error.causes.some((one) => one.startsWith("metadata.uid")));
}
