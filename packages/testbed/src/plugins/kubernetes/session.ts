import { Api } from "./api.ts";
import { Cluster } from "./cluster.ts";
import { loadKubeconfig } from "./kubeconfig.ts";
import type { Settings } from "./settings.ts";

/** The cluster, or why there is none. */
export type Reached = { api: Api; namespace: string } | { unreachable: string };

/** One configuration of the provider, and the connection that comes of it. */
export class Session {
  readonly settings: Settings;
  #reached: Promise<Reached> | undefined;

  constructor(settings: Settings) {
    this.settings = settings;
  }

  /** Asked once. A preview has to do without a cluster, so it is no error that there is none. */
  reach(): Promise<Reached> {
    this.#reached ??= reach(this.settings);
    return this.#reached;
  }

  /** @throws if the cluster cannot be reached */
  async api(): Promise<Api> {
    const reached = await this.reach();
    if ("api" in reached) return reached.api;
    throw new Error(`configured Kubernetes cluster is unreachable: ${reached.unreachable}`);
  }
}

async function reach(settings: Settings): Promise<Reached> {
  try {
    const config = await loadKubeconfig(settings);
    const cluster = new Cluster(config);
    await cluster.call("GET", "/version");
    const context = config.getContextObject(config.getCurrentContext());
    return { api: new Api(cluster), namespace: settings.namespace ?? context?.namespace ?? "default" };
  } catch (error) {
    // Never the kubeconfig itself: it may hold credentials.
    const { message } = error as Error;
    return { unreachable: `unable to load schema information from the API server: ${message}` };
  }
}
