import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import type { Settings } from "./settings.ts";

type Choice = Pick<Settings, "kubeconfig" | "context" | "cluster">;

/**
 * The kubeconfig that the provider's options, or the environment, lead to.
 * @throws if there is none, or it has no cluster that is meant
 */
export async function loadKubeconfig({ kubeconfig, context, cluster }: Choice): Promise<KubeConfig> {
  // Late: the client brings all of Kubernetes' API along, and most calls of a run never get here.
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  if (kubeconfig !== undefined) {
    if (isPath(kubeconfig)) config.loadFromFile(expanded(kubeconfig));
    else config.loadFromString(kubeconfig);
  } else if (process.env.KUBECONFIG || existsSync(join(homedir(), ".kube", "config"))) config.loadFromDefault();
  else if (process.env.KUBERNETES_SERVICE_HOST) config.loadFromCluster();
  else throw new Error("there is neither a kubeconfig option nor KUBECONFIG nor ~/.kube/config");
  if (context !== undefined) config.setCurrentContext(context);
  const current = config.getContextObject(config.getCurrentContext());
  if (!current) throw new Error(`the kubeconfig has no context "${config.getCurrentContext()}"`);
  if (cluster !== undefined) {
    const { clusters, users } = config;
    const contexts = [{ ...current, cluster }];
    config.loadFromOptions({ clusters, users, contexts, currentContext: current.name });
  }
  if (!config.getCurrentCluster()) throw new Error(`the kubeconfig has no cluster "${cluster ?? current.cluster}"`);
  return config;
}

/** Server and authority of the active cluster; `undefined` if that cannot be said. */
export async function activeCluster(choice: Choice): Promise<string | undefined> {
  try {
    const cluster = (await loadKubeconfig(choice)).getCurrentCluster();
    return cluster ? JSON.stringify([cluster.server, cluster.caData, cluster.caFile]) : undefined;
  } catch {
    return undefined;
  }
}

/** Contents are YAML or JSON of several lines or at least several fields; a path is one line without a colon and space. */
const isPath = (text: string) => !/[\n{]|: /.test(text.trim());

const expanded = (path: string) => (/^~(\/|$)/.test(path) ? join(homedir(), path.slice(1)) : path);
