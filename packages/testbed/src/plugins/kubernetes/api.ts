import { ApiError, type Cluster } from "./cluster.ts";
import { apiVersionOf, itemsAt, type KubeObject, kindOf, nameOf, namespaceOf, textAt, uidOf } from "./object.ts";

/** What discovery says about a kind. */
interface KindInfo {
  /** Its name in URLs. */
  plural: string;
  namespaced: boolean;
}

/** There is no such kind in this cluster (yet). */
export class NoSuchKind extends Error {
  constructor(apiVersion: string, kind: string) {
    super(`no matches for kind "${kind}" in version "${apiVersion}"`);
  }
}

export const isMissing = (error: unknown) => error instanceof ApiError && error.code === 404;

/** Where an object is, or would be. */
export interface Reference {
  apiVersion: string;
  kind: string;
  namespace: string;
  name: string;
}

export const referenceOf = (object: KubeObject): Reference => ({
  apiVersion: apiVersionOf(object),
  kind: kindOf(object),
  namespace: namespaceOf(object),
  name: nameOf(object),
});

/** Objects of any kind, by the cluster's own discovery. */
export class Api {
  readonly #cluster: Cluster;
  readonly #groups = new Map<string, Promise<Map<string, KindInfo>>>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** `undefined` = the cluster doesn't have this kind. */
  async kindInfo(apiVersion: string, kind: string): Promise<KindInfo | undefined> {
    let asked = this.#groups.get(apiVersion);
    if (!asked) {
      asked = this.#discover(apiVersion);
      this.#groups.set(apiVersion, asked);
    }
    try {
      const found = (await asked).get(kind);
      // A definition may come into being while we run.
      if (!found) this.#groups.delete(apiVersion);
      return found;
    } catch (error) {
      this.#groups.delete(apiVersion);
      throw error;
    }
  }

  async #discover(apiVersion: string): Promise<Map<string, KindInfo>> {
    try {
      const list = await this.#cluster.call("GET", rootOf(apiVersion));
      const kinds = itemsAt(list, "resources").filter(({ name }) => !String(name).includes("/"));
      return new Map(
        kinds.map((item) => [String(item.kind), { plural: String(item.name), namespaced: item.namespaced === true }]),
      );
    } catch (error) {
      if (isMissing(error)) return new Map();
      throw error;
    }
  }

  async #path({ apiVersion, kind, namespace }: Omit<Reference, "name">): Promise<string> {
    const info = await this.kindInfo(apiVersion, kind);
    if (!info) throw new NoSuchKind(apiVersion, kind);
    const scope = info.namespaced ? `/namespaces/${namespace || "default"}` : "";
    return `${rootOf(apiVersion)}${scope}/${info.plural}`;
  }

  async get(reference: Reference): Promise<KubeObject> {
    return this.#cluster.call("GET", `${await this.#path(reference)}/${reference.name}`);
  }

  /** `undefined` = not there. */
  async find(reference: Reference): Promise<KubeObject | undefined> {
    try {
      return await this.get(reference);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async list(apiVersion: string, kind: string, namespace: string, labelSelector?: string): Promise<KubeObject[]> {
    const path = await this.#path({ apiVersion, kind, namespace });
    return itemsAt(await this.#cluster.call("GET", path, { query: { labelSelector } }), "items");
  }

  /** Collects every version of an object from the given one on; each call hands over the new ones. */
  async versionsFrom(object: KubeObject, over: AbortSignal): Promise<() => KubeObject[]> {
    let found: KubeObject[] = [];
    const resourceVersion = textAt(object, "metadata", "resourceVersion");
    const query = { fieldSelector: `metadata.name=${nameOf(object)}`, resourceVersion };
    await this.#cluster.watch(await this.#path(referenceOf(object)), query, over, (version) => found.push(version));
    return () => {
      const news = found;
      found = [];
      return news;
    };
  }

  async create(object: KubeObject, options: { fieldManager: string; dryRun: boolean }): Promise<KubeObject> {
    const path = await this.#path(referenceOf(object));
    const query = { fieldManager: options.fieldManager, dryRun: options.dryRun ? "All" : undefined };
    return this.#cluster.call("POST", path, { query, body: object });
  }

  /** Server-side apply. */
  async apply(
    object: KubeObject,
    options: { fieldManager: string; force: boolean; dryRun: boolean },
  ): Promise<KubeObject> {
    const reference = referenceOf(object);
    return this.#cluster.call("PATCH", `${await this.#path(reference)}/${reference.name}`, {
      query: {
        fieldManager: options.fieldManager,
        force: String(options.force),
        dryRun: options.dryRun ? "All" : undefined,
      },
      // JSON is YAML.
      contentType: "application/apply-patch+yaml",
      body: object,
    });
  }

  /** A JSON patch (RFC 6902). */
  async patch(reference: Reference, operations: { op: string; path: string; value: unknown }[]): Promise<KubeObject> {
    const contentType = "application/json-patch+json";
    const path = `${await this.#path(reference)}/${reference.name}`;
    return this.#cluster.call("PATCH", path, { contentType, body: operations });
  }

  /** Says what will be gone: its unique ID. */
  async delete(reference: Reference, propagationPolicy: string): Promise<string> {
    const body = { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy };
    const answer = await this.#cluster.call("DELETE", `${await this.#path(reference)}/${reference.name}`, { body });
    return uidOf(answer) || textAt(answer, "details", "uid");
  }
}

const rootOf = (apiVersion: string) => (apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`);
