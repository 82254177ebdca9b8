import { randomBytes } from "node:crypto";
import type { EngineLog } from "../engine-log.ts";
import { containsUnknown, type Properties, reveal } from "../property-values.ts";
import { InitFailed, type ResourceType, type Subject } from "../provider-server.ts";
import { type Api, NoSuchKind, referenceOf } from "./api.ts";
import { lookAt } from "./await/index.ts";
import { check } from "./check.ts";
import { fromState, pruned, toState, withSecrets } from "./checkpoint.ts";
import { ApiError } from "./cluster.ts";
import { createObject } from "./create.ts";
import { deleteObject } from "./delete.ts";
import { diff } from "./diff.ts";
import { normalize } from "./normalize.ts";
import {
  annotationOf,
  apiVersionOf,
  idOf,
  type KubeObject,
  kindOf,
  nameOf,
  namespaceOf,
  PATCH_FIELD_MANAGER,
  put,
  take,
} from "./object.ts";
import type { Session } from "./session.ts";
import { updateObject } from "./update.ts";
import { NotReady, notInitialized, waitUntilReady } from "./wait.ts";

export interface Surroundings {
  session(): Session;
  cancelled(): AbortSignal;
  log: EngineLog;
}

/** Any kind of object. `apiVersion` and `kind` are those of the resource's type. */
export function objects(apiVersion: string, kind: string, around: Surroundings): ResourceType {
  const timeout = (subject: Subject, inputs: KubeObject) =>
    subject.timeoutSeconds || Number(annotationOf(inputs, "pulumi.com/timeoutSeconds")) || 600;
  const patience = (subject: Subject, inputs: KubeObject) => ({
    timeoutSeconds: timeout(subject, inputs),
    cancelled: around.cancelled(),
    status: (message: string) => around.log.status(subject.urn, message),
  });

  const settled = async (api: Api, subject: Subject, inputs: KubeObject, object: KubeObject): Promise<KubeObject> => {
    const over = new AbortController();
    const look = lookAt({ api, object, reading: false, over: over.signal }, inputs);
    if (!look) return object;
    try {
      return await waitUntilReady(look, patience(subject, inputs));
    } finally {
      over.abort();
      around.log.status(subject.urn, "");
      await around.log.flush();
    }
  };

  return {
    check: (subject, olds, news, naming) => check(around.session(), subject.name, olds, news, naming),
    diff: (olds, news, ignoreChanges) => diff(olds, news, ignoreChanges, around.session().settings),

    async create(subject, properties) {
      const inputs = reveal(properties) as Properties;
      const asGiven = { id: "", properties };
      if (subject.preview && !(await canBeTried(around.session(), inputs))) return asGiven;
      const api = await around.session().api();
      const initialApiVersion = apiVersionOf(inputs);
      const fieldManager = annotationOf(inputs, PATCH_FIELD_MANAGER) || `pulumi-kubernetes-${randomHex()}`;
      const record = (live: KubeObject) => toState({ inputs, live, fieldManager, initialApiVersion }, properties);

      const created = await createObject(api, inputs, subject.preview, around.cancelled()).catch((error: unknown) => {
        if (subject.preview && isUntriable(error)) return undefined;
        throw creationFailed(subject.urn, apiVersion, kind, error);
      });
      if (!created) return asGiven;
      if (subject.preview) {
        take(created, "status");
        return { id: "", properties: record(created) };
      }
      try {
        const ready = await settled(api, subject, inputs, created);
        return { id: idOf(ready), properties: record(ready) };
      } catch (error) {
        const [live, reasons] = error instanceof NotReady ? [error.object, error.reasons] : [created, []];
        const message =
          `resource "${subject.urn}" was successfully created, but the Kubernetes API server ` +
          `reported that it failed to fully initialize or become live: ${(error as Error).message}`;
        throw new InitFailed(message, idOf(live), record(live), { reasons });
      }
    },

    async update(subject, _id, olds, news) {
      const inputs = normalize(reveal(news) as Properties);
      if (subject.preview && !(await canBeTried(around.session(), inputs))) return news;
      const api = await around.session().api();
      const old = fromState(olds);
      const initialApiVersion = old.initialApiVersion || apiVersionOf(inputs);
      const given = annotationOf(inputs, PATCH_FIELD_MANAGER);
      const fieldManager = given || old.fieldManager || `pulumi-kubernetes-${randomHex()}`;
      const record = (live: KubeObject) => toState({ inputs, live, fieldManager, initialApiVersion }, news);
      const reference = { ...referenceOf(old.live), apiVersion: apiVersionOf(inputs), kind: kindOf(inputs) };
      try {
        const force = around.session().settings.enablePatchForce;
        const written = await updateObject(api, reference, inputs, { ...subject, fieldManager, force });
        return record(subject.preview ? written : await settled(api, subject, inputs, written));
      } catch (error) {
        if (subject.preview && error instanceof ApiError && error.code === 403) return news;
        const failed = `update of resource "${subject.urn}" failed: ${(error as Error).message}`;
        // What was cancelled is not recorded, so that the next update does it again.
        if (error instanceof NotReady && error.cancelled) throw new Error(failed);
        const live = await api.get(reference).catch((unreadable: Error) => {
          throw new Error(`${failed}\nunable to get cluster state: ${unreadable.message}`);
        });
        const message =
          `the Kubernetes API server reported that "${idOf(live)}" failed to fully initialize ` +
          `or become live: ${(error as Error).message}`;
        throw new InitFailed(message, idOf(live), record(live), reasonsOf(error));
      }
    },

    async read(id, state, recordedInputs) {
      const reached = await around.session().reach();
      if ("unreachable" in reached) {
        if (around.session().settings.deleteUnreachable) return undefined;
        throw new Error(unreachableWhenReading(reached.unreachable));
      }
      const { api } = reached;
      const old = fromState(state);
      const given = normalize(reveal(recordedInputs) as Properties);
      const isNew = !kindOf(given) && !kindOf(old.live);
      const [namespace, name] = id.includes("/") ? (id.split("/") as [string, string]) : ["", id];
      if (!kindOf(given))
        Object.assign(given, { apiVersion, kind, metadata: { name, ...(namespace && { namespace }) } });
      const reference = { apiVersion: apiVersionOf(given), kind: kindOf(given), namespace, name };
      const live = await api.find(reference).catch((error: unknown) => {
        if (error instanceof NoSuchKind) return undefined;
        throw error;
      });
      if (!live) return undefined;

      const inputs = isNew ? importedInputs(live) : pruned(live, given);
      const fieldManager = old.fieldManager || `pulumi-kubernetes-${randomHex()}`;
      const initialApiVersion = old.initialApiVersion || reference.apiVersion;
      const properties = toState({ inputs, live, fieldManager, initialApiVersion }, recordedInputs);
      const refreshed = { properties, inputs: withSecrets(inputs, recordedInputs) };
      const target = { api, object: live, reading: true, over: around.cancelled() };
      const sight = isNew ? undefined : await lookAt(target, given)?.();
      if (!sight || sight.ready) return refreshed;
      const { message, reasons } = notInitialized(sight);
      throw new InitFailed(message, id, properties, { reasons, inputs: refreshed.inputs });
    },

    async delete(subject, id, state) {
      const reached = await around.session().reach();
      const { inputs, live } = fromState(state);
      if ("unreachable" in reached) {
        if (around.session().settings.deleteUnreachable) return;
        throw new Error(unreachableWhenDeleting);
      }
      const name = id.split("/").at(-1)!;
      const object = { ...referenceOf(live), namespace: namespaceOf(live), name };
      await deleteObject(reached.api, object, inputs, patience(subject, inputs));
      await around.log.flush();
    },
  };
}

const randomHex = () => randomBytes(4).toString("hex");
const reasonsOf = (error: unknown) => (error instanceof NotReady ? { reasons: error.reasons } : {});

/** A dry run needs values, a cluster, and a cluster that knows the kind. */
async function canBeTried(session: Session, inputs: KubeObject): Promise<boolean> {
  if (containsUnknown(inputs)) return false;
  const reached = await session.reach();
  return "api" in reached && (await reached.api.kindInfo(apiVersionOf(inputs), kindOf(inputs))) !== undefined;
}

/** Refusals of a dry run that say nothing about the real one: things that the same update would have put right. */
function isUntriable(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  const noNamespace = error.code === 404 && error.kind === "namespaces";
  return (
    noNamespace ||
    error.reason === "AlreadyExists" ||
    error.code === 403 ||
    /does not support dry run/.test(error.message)
  );
}

function creationFailed(urn: string, apiVersion: string, kind: string, error: unknown): Error {
  const { message } = error as Error;
  if (error instanceof NoSuchKind) {
    return new Error(
      `creation of resource "${urn}" with kind ${apiVersion}/${kind} failed because the Kubernetes API server reported ` +
        "that the apiVersion for this resource does not exist. " +
        `Verify that any required CRDs have been created: ${message}`,
    );
  }
  return new Error(`resource "${urn}" was not successfully created by the Kubernetes API server: ${message}`);
}

/** Inputs for what was made elsewhere: all that isn't book-keeping of the cluster's. */
function importedInputs(live: KubeObject): KubeObject {
  const inputs = normalize(live);
  take(inputs, "status");
  take(inputs, "metadata", "annotations", "deployment.kubernetes.io/revision");
  take(inputs, "metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration");
  put(inputs, ["metadata", "name"], nameOf(live));
  return inputs;
}

const unreachableWhenReading = (reason: string) =>
  `configured Kubernetes cluster is unreachable: ${reason}\n` +
  "failed to read resource state due to unreachable cluster. If the cluster was deleted, you can remove this resource " +
  'from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"';

const unreachableWhenDeleting =
  "configured Kubernetes cluster is unreachable. If the cluster was deleted, you can remove this resource from Pulumi " +
  'state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"';
