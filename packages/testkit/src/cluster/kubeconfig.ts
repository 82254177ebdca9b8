import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);
const limitMs = 30_000;

export interface ServiceAccount {
  namespace: string;
  name: string;
  /** How long its token is good for, in seconds; the API server grants ten minutes at least. @default 3600 */
  seconds?: number;
}

/** Which cluster, as whom, and with which kubectl; by default what the bootstrap has put into the environment. */
export interface Administrator {
  kubeconfig?: string;
  context?: string | undefined;
  kubectl?: string;
}

/**
 * The text of a kubeconfig with which one acts as a service account, and as nobody else.
 * @throws Error with kubectl's own words, where there is no such account
 */
export async function kubeconfigOf(account: ServiceAccount, administrator: Administrator = {}): Promise<string> {
  const { kubeconfig = process.env.BLUEGREEN_KUBECONFIG, kubectl = process.env.BLUEGREEN_KUBECTL ?? "kubectl" } =
    administrator;
  const context = administrator.context ?? process.env.BLUEGREEN_KUBECONTEXT;
  if (!kubeconfig) throw new Error("BLUEGREEN_KUBECONFIG is not set\n  → npm run cluster -- up");
  const flags = [`--kubeconfig=${kubeconfig}`, ...(context ? [`--context=${context}`] : [])];
  const ask = async (...args: string[]) => (await execute(kubectl, [...flags, ...args], { timeout: limitMs })).stdout;
  const { namespace, name, seconds = 3600 } = account;
  const [view, token] = await Promise.all([
    ask("config", "view", "--minify", "--raw", "--flatten", "--output=json"),
    ask("create", "token", name, `--namespace=${namespace}`, `--duration=${seconds}s`),
  ]);
  const { clusters } = JSON.parse(view) as { clusters: { name: string }[] };
  const cluster = clusters[0]?.name;
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters,
    users: [{ name, user: { token: token.trim() } }],
    contexts: [{ name, context: { cluster, user: name, namespace } }],
    "current-context": name,
  });
}
